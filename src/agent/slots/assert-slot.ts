import { AshlarError } from '../../model/error.ts';
import type { SlotDisk } from './slot-disk.ts';
import type { Slot } from './slot-layout.ts';

/** That a slot is not the one that runs, so that it may be given up. Throws `slot-not-free`. */
export function assertGivable({ running }: SlotDisk, { index, content }: Slot): void {
  if (content.kind !== 'release' || content.rootHash !== running) return;
  throw notFree(`Slot ${index} holds the system that runs (${content.name} ${content.version}).`);
}

/** That a slot was given up, so that it may be written. Throws `slot-not-free`. */
export function assertFree({ index, content }: Slot): void {
  if (content.kind === 'empty') return;
  const what = content.kind === 'release' ? `${content.name} ${content.version}` : content.why;
  throw notFree(`Slot ${index} is not empty: ${what}.`);
}

function notFree(what: string): AshlarError {
  return new AshlarError('slot-not-free', what, {
    hint: 'A slot is written only after it was given up. If nothing else writes the disk, report this.',
  });
}
