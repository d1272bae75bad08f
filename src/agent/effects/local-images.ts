import type { LocalImage } from '../blocks/local-image.ts';
import { partitionReader } from '../slots/esp-files.ts';
import type { SlotDisk } from '../slots/slot-disk.ts';
import { readSlotLayout } from '../slots/slot-layout.ts';

/** What the slots hold besides the one that is written: blocks that need not be fetched. */
export function localImages({ device }: Pick<SlotDisk, 'device'>, writtenSlot: number): LocalImage[] {
  return readSlotLayout(device).slots.flatMap(({ index, content, data, tree }) =>
    index === writtenSlot || content.kind !== 'release'
      ? []
      : [
          {
            name: data.label,
            data: partitionReader(device, data),
            dataBytes: data.size,
            tree: partitionReader(device, tree),
            treeBytes: tree.size,
          },
        ],
  );
}
