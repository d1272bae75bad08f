import { EMPTY_LABEL } from '../../formats/gpt/slot-label.ts';
import type { Uuid } from '../../formats/uuid.ts';
import { assertGivable } from './assert-slot.ts';
import { readEspFiles } from './esp-files.ts';
import { removeEntry } from './remove-entry.ts';
import type { SlotDisk } from './slot-disk.ts';
import { readSlotLayout, slotAt } from './slot-layout.ts';
import { writeTable } from './write-table.ts';

/**
 * Gives a slot up (design.md §6): first nothing starts it any more, then nothing finds it. From here the way back to what it holds is
 * gone. Nothing happens to a slot that is empty and has no entry.
 *
 * @param random gives a new UUID (RFC 9562, version 4) at every call.
 * Throws `slot-not-free` for the slot that runs, `disk-unsupported`.
 */
export function retireSlot(disk: SlotDisk, index: number, random: () => Uuid): void {
  const { device, esp } = disk;
  esp.sync();
  const layout = readSlotLayout(device);
  const slot = slotAt(layout, index);
  assertGivable(disk, slot);
  const { content } = slot;
  if (content.kind === 'empty') return;
  if (content.kind === 'release') {
    for (const { path, identity, standing } of readEspFiles(device, layout.esp).files) {
      const named =
        standing.kind === 'entry' && standing.entry.name === content.name && standing.entry.version === content.version;
      const opens = identity?.rootHash === content.rootHash;
      // An entry of this name that opens another slot is another release's, published under the same version.
      if (opens || (named && identity?.rootHash === undefined)) removeEntry(esp, path);
    }
  }
  const empty = () => ({ uuid: random(), label: EMPTY_LABEL });
  writeTable(
    device,
    new Map([
      [slot.data.index, empty()],
      [slot.tree.index, empty()],
    ]),
  );
}
