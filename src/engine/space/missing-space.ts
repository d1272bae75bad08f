import { exactBytes } from '../../model/format-bytes.ts';
import type { Objection } from '../device-state.ts';

/** The objection to a place with less than `needed` bytes; undefined when it has enough. */
export function missingSpace(place: string, code: string, needed: number, there: number): Objection | undefined {
  if (there >= needed) return undefined;
  const numbers = `${exactBytes(needed)} are needed and ${exactBytes(there)} are there, ${exactBytes(needed - there)} too few`;
  return { code, message: `${place} has no room: ${numbers}` };
}
