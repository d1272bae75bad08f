import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EFI_GLOBAL, SECURE_BOOT_VENDOR } from '../../formats/efi/secure-boot-variable.ts';
import { parseSignatureLists, type SignatureEntry } from '../../formats/efi/signature-list.ts';
import type { SecureBootDatabases } from './judge-boot-image.ts';

/** Where Linux shows the firmware's variables (efivarfs). */
export const EFI_VARIABLES = '/sys/firmware/efi/efivars';

/** What efivarfs puts before a variable's value: its attributes. */
const ATTRIBUTE_BYTES = 4;

/**
 * What the firmware of this machine will start, or undefined when it does not enforce Secure Boot and starts anything. Asked for before a
 * loader or a boot image is put where the firmware will find it. Throws `signature-invalid` for a database that cannot be read.
 *
 * @param variables the directory of the firmware's variables.
 */
export function firmwareDatabases(variables: string = EFI_VARIABLES): SecureBootDatabases | undefined {
  const isEnforced = flag(variables, 'SecureBoot') && !flag(variables, 'SetupMode');
  if (!isEnforced) return undefined;
  return { allowed: database(variables, 'db'), forbidden: database(variables, 'dbx') };
}

function flag(variables: string, name: 'SecureBoot' | 'SetupMode'): boolean {
  return read(variables, `${name}-${EFI_GLOBAL}`)?.[0] === 1;
}

function database(variables: string, name: 'db' | 'dbx'): SignatureEntry[] {
  const bytes = read(variables, `${name}-${SECURE_BOOT_VENDOR[name]}`);
  return bytes === undefined ? [] : parseSignatureLists(bytes);
}

function read(variables: string, name: string): Buffer | undefined {
  try {
    return readFileSync(join(variables, name)).subarray(ATTRIBUTE_BYTES);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
