import type { Generation } from '../../engine/generation.ts';
import { type BootTries, formatBootEntry } from '../../formats/boot-entry.ts';
import { ENTRY_FOLDER, readEspFiles } from './esp-files.ts';
import { removeEntry } from './remove-entry.ts';
import type { SlotDisk } from './slot-disk.ts';
import { readSlotLayout } from './slot-layout.ts';

/** `+0`: the loader starts it only when there is nothing else. The starts that were made stay in its name. */
export function markBad(disk: SlotDisk, generation: Generation): void {
  recount(disk, generation, (tries) => ({ left: 0, done: tries?.done ?? 0 }));
}

/** One try more: the last start was ended in good order and says nothing of the generation. */
export function giveTryBack(disk: SlotDisk, generation: Generation): void {
  recount(disk, generation, (tries) =>
    tries === undefined || tries.done === 0 ? tries : { left: tries.left + 1, done: tries.done - 1 },
  );
}

/** No counter: the generation is proven, whatever its entry says. */
export function markProven(disk: SlotDisk, generation: Generation): void {
  recount(disk, generation, () => undefined);
}

/** Renames the entries of `generation` as `count` says. FAT renames are not atomic: `recoverDisk` knows what can be left. */
function recount(
  { device, esp }: SlotDisk,
  { rootHash, name, version }: Generation,
  count: (tries: BootTries | undefined) => BootTries | undefined,
): void {
  esp.sync();
  const { files } = readEspFiles(device, readSlotLayout(device).esp);
  for (const { path, identity, standing } of files) {
    if (standing.kind !== 'entry' || identity?.rootHash !== rootHash) continue;
    const target = `${ENTRY_FOLDER}/${formatBootEntry({ name, version, tries: count(standing.entry.tries) })}`;
    if (target.toLowerCase() === path.toLowerCase()) continue;
    const taken = files.some((other) => other.path.toLowerCase() === target.toLowerCase());
    if (taken) {
      removeEntry(esp, path);
      continue;
    }
    esp.rename(path, target);
    esp.sync();
  }
}
