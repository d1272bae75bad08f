import type { Generation } from '../../engine/generation.ts';
import { partitionUuidsFromRootHash } from '../../formats/gpt/partition-uuids.ts';
import { slotLabel } from '../../formats/gpt/slot-label.ts';
import { assertFree } from './assert-slot.ts';
import type { SlotDisk } from './slot-disk.ts';
import { readSlotLayout, slotAt } from './slot-layout.ts';
import { writeTable } from './write-table.ts';

/**
 * Says in the partition table what the slot holds, so that its boot image finds it: only after {@link readBack}. Nothing happens when it
 * says so already. Throws `slot-not-free` when the slot holds something else, `partition-table-invalid` when another slot holds the same image.
 */
export function commitSlot({ device }: Pick<SlotDisk, 'device'>, index: number, generation: Generation): void {
  const slot = slotAt(readSlotLayout(device), index);
  const { content } = slot;
  const done = content.kind === 'release' && content.rootHash === generation.rootHash;
  if (!done) assertFree(slot);
  const { root, verity } = partitionUuidsFromRootHash(generation.rootHash);
  const label = slotLabel(generation);
  writeTable(
    device,
    new Map([
      [slot.data.index, { uuid: root, label }],
      [slot.tree.index, { uuid: verity, label }],
    ]),
  );
}
