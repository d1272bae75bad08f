import { type PartitionNaming, relabelPartitions } from '../../formats/gpt/relabel-partitions.ts';
import type { BlockDevice } from './block-device.ts';

/** Renames partitions by their indexes, or repairs the table when there are no changes: each write is on the disk before the next. */
export function writeTable(device: BlockDevice, changes: ReadonlyMap<number, PartitionNaming>): void {
  const writes = relabelPartitions((offset, bytes) => device.read(offset, bytes), device.size, changes);
  for (const { offset, bytes } of writes) {
    device.write(offset, bytes);
    device.flush();
  }
}
