import type { EntryStanding, HeldGeneration } from '../disk-view.ts';
import { type Generation, isSameGeneration } from '../generation.ts';

/** How the entry of a generation stands, by what the disk holds; `none` as well when no slot holds it. */
export function entryOf(held: readonly HeldGeneration[], generation: Generation): EntryStanding {
  return held.find((one) => isSameGeneration(one, generation))?.entry ?? { kind: 'none' };
}
