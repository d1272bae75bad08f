import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readStart } from '../files/read-start.ts';
import type { RunOnDevice } from './run-on-device.ts';

/** The vendor of UEFI's own variables (UEFI 2.10, 3.3), and of Ashlar's. */
export const GLOBAL_VENDOR = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
export const ASHLAR_VENDOR = '7f5a1d9c-52c4-4b0e-9c3e-6d2f8a4b1e70';

/** Four bytes of attributes come before the value (kernel documentation, efivarfs). */
const ATTRIBUTE_BYTES = 4;
const MAX_BYTES = 4096;

/** The value of the variable `name` (`SecureBoot-8be4…`) in the folder `efiVariables`; undefined when there is none. */
export function readEfiVariable(efiVariables: string, name: string): Buffer | undefined {
  const bytes = readStart(join(efiVariables, name), MAX_BYTES);
  return bytes === undefined || bytes.length < ATTRIBUTE_BYTES ? undefined : bytes.subarray(ATTRIBUTE_BYTES);
}

/** Removes the variable, should it be there. efivarfs guards those that the kernel does not know against being removed. */
export async function removeEfiVariable(efiVariables: string, name: string, run: RunOnDevice): Promise<void> {
  const path = join(efiVariables, name);
  if (!existsSync(path)) return;
  await run(['chattr', '-i', path]);
  rmSync(path, { force: true });
}
