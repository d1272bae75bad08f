import { execFile } from 'node:child_process';
import { existsSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EFI_GLOBAL } from '../../formats/efi/secure-boot-variable.ts';
import { AshlarError } from '../../model/error.ts';
import { readStart } from '../files/read-start.ts';
import type { FirmwareVariables } from './firmware-variables.ts';

/** Non-volatile, boot services, run time (UEFI 2.10 §8.2). */
const ATTRIBUTES = 7;
const ATTRIBUTE_BYTES = 4;
/** Boot options and orders are far shorter. */
const MAX_BYTES = 64 << 10;
const SUFFIX = `-${EFI_GLOBAL}`;

/** The firmware's variables as Linux shows them in the folder `path` (kernel documentation, filesystems/efivarfs). */
export function efivarfs(path: string): FirmwareVariables {
  const fileOf = (name: string): string => join(path, `${name}${SUFFIX}`);
  return {
    list: () =>
      existsSync(path)
        ? readdirSync(path).flatMap((file) => (file.endsWith(SUFFIX) ? [file.slice(0, -SUFFIX.length)] : []))
        : [],
    read(name) {
      const bytes = readStart(fileOf(name), MAX_BYTES);
      return bytes === undefined || bytes.length < ATTRIBUTE_BYTES ? undefined : bytes.subarray(ATTRIBUTE_BYTES);
    },
    async write(name, value) {
      const attributes = Buffer.alloc(ATTRIBUTE_BYTES);
      attributes.writeUInt32LE(ATTRIBUTES);
      await changing(name, fileOf(name), () => {
        // The attributes and the value must come in one write.
        writeFileSync(fileOf(name), Buffer.concat([attributes, value]));
      });
    },
    async remove(name) {
      if (existsSync(fileOf(name))) await changing(name, fileOf(name), () => unlinkSync(fileOf(name)));
    },
  };
}

async function changing(name: string, file: string, change: () => void): Promise<void> {
  try {
    // efivarfs guards variables that it does not know against change.
    if (existsSync(file)) await promisify(execFile)('chattr', ['-i', file]);
    change();
  } catch (error) {
    throw new AshlarError('firmware-refused', `The firmware variable ${name} cannot be changed.`, {
      hint: 'The firmware may have no room left or allow no changes; the loader that is there goes on working.',
      cause: error,
    });
  }
}
