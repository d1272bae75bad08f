import type { Objection } from '../../engine/device-state.ts';
import { AshlarError } from '../../model/error.ts';

const MAX_CHARACTERS = 2000;

/** Anything thrown as a reason for a person. */
export function objectionOf(error: unknown): Objection {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, MAX_CHARACTERS);
  return { code: error instanceof AshlarError ? error.code : systemCode(error), message };
}

/** `ENOSPC` and the like become codes that people can look up. */
function systemCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'internal';
}
