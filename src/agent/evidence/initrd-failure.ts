import type { InitrdFailure } from '../../engine/explain-boot.ts';
import { isSha256 } from '../../model/digest.ts';
import { ASHLAR_VENDOR, readEfiVariable } from '../system/efi-variable.ts';

/** Where an initrd that could not open its root leaves why (src/build/assemble/boot/init.sh). */
export const FAILURE_VARIABLE = `AshlarBootFailure-${ASHLAR_VENDOR}`;

/** What an initrd has left in the folder `efiVariables`: `roothash=<hash> <reason>`. */
export function readInitrdFailure(efiVariables: string): InitrdFailure | undefined {
  const value = readEfiVariable(efiVariables, FAILURE_VARIABLE)?.toString('utf8');
  if (value === undefined || value === '') return undefined;
  const [, hash = '', reason = value] = /^roothash=(\S+) (.*)$/s.exec(value) ?? [];
  return { reason: reason.trim(), ...(isSha256(hash) ? { rootHash: hash } : {}) };
}
