import { ENTRY_ARRAY_BYTES, PARTITION_ALIGNMENT_BYTES, type Partition, SECTOR_BYTES } from './partition-table.ts';

/** What a partition is, before its place on the disk is known. */
export type UnplacedPartition = Omit<Partition, 'start'>;

/** The place of the partitions, and the smallest disk that holds them. */
export interface PlacedPartitions {
  readonly partitions: readonly Partition[];
  /** A multiple of 1 MiB that leaves room for the backup table. */
  readonly diskSize: number;
}

/** Puts the partitions one after the other, each beginning on 1 MiB and rounded up to whole MiB. */
export function placePartitions(unplaced: readonly UnplacedPartition[]): PlacedPartitions {
  let next = PARTITION_ALIGNMENT_BYTES;
  const partitions = unplaced.map((partition): Partition => {
    const size = alignUp(partition.size);
    const start = next;
    next += size;
    return { ...partition, start, size };
  });
  const backupTableBytes = ENTRY_ARRAY_BYTES + SECTOR_BYTES;
  return { partitions, diskSize: alignUp(next + backupTableBytes) };
}

function alignUp(bytes: number): number {
  return Math.ceil(bytes / PARTITION_ALIGNMENT_BYTES) * PARTITION_ALIGNMENT_BYTES;
}
