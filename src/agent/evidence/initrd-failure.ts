import { join } from 'node:path';
import type { InitrdFailure } from '../../engine/explain-boot.ts';
import { isSha256 } from '../../model/digest.ts';
import { readStart } from '../files/read-start.ts';

/** The vendor GUID of Ashlar's EFI variables. */
export const VENDOR_GUID = '7f5a1d9c-52c4-4b0e-9c3e-6d2f8a4b1e70';
export const FAILURE_VARIABLE = `AshlarBootFailure-${VENDOR_GUID}`;

/** Four bytes of attributes come before the value (kernel documentation, efivarfs). */
const ATTRIBUTE_BYTES = 4;
const MAX_BYTES = 4096;

/** What an initrd that could not open its root has left in the folder `efiVariables`: `roothash=<hash> <reason>`. */
export function readInitrdFailure(efiVariables: string): InitrdFailure | undefined {
  const value = readStart(join(efiVariables, FAILURE_VARIABLE), MAX_BYTES)?.subarray(ATTRIBUTE_BYTES).toString('utf8');
  if (value === undefined || value === '') return undefined;
  const [, hash = '', reason = value] = /^roothash=(\S+) (.*)$/s.exec(value) ?? [];
  return { reason: reason.trim(), ...(isSha256(hash) ? { rootHash: hash } : {}) };
}
