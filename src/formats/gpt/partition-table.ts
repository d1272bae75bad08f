import type { Uuid } from '../uuid.ts';

/** One partition of a disk. Sizes and places are bytes, multiples of the 512-byte sector. */
export interface Partition {
  readonly type: Uuid;
  readonly uuid: Uuid;
  /** At most 36 UTF-16 code units. */
  readonly label: string;
  readonly start: number;
  readonly size: number;
  /** The 64 attribute bits; see {@link PARTITION_ATTRIBUTE}. */
  readonly attributes: bigint;
}

export interface PartitionTable {
  readonly diskUuid: Uuid;
  /** Of the whole disk in bytes; the backup table lies in its last sectors. */
  readonly diskSize: number;
  /** In the order of their entries; an unused entry between them is undefined. Partition numbers are indexes plus one. */
  readonly partitions: readonly (Partition | undefined)[];
}

/** Attribute bits (UEFI 2.10 §5.3.3, UAPI Discoverable Partitions Specification). */
export const PARTITION_ATTRIBUTE = {
  /** The platform needs the partition: installers must keep it. */
  required: 1n << 0n,
  /** Grow the file system to the partition when it is mounted. */
  growFileSystem: 1n << 59n,
  readOnly: 1n << 60n,
  /** Not to be mounted automatically. */
  noAuto: 1n << 63n,
} as const;

export const SECTOR_BYTES = 512;
/** Partitions begin and end on these bounds: flash erase blocks and 4 KiB sectors divide it. */
export const PARTITION_ALIGNMENT_BYTES = 1_048_576;
export const MAX_LABEL_UNITS = 36;

/** 128 entries of 128 bytes: what every tool writes and UEFI's minimum of 16 KiB. */
export const ENTRY_COUNT = 128;
export const ENTRY_BYTES = 128;
export const ENTRY_ARRAY_BYTES = ENTRY_COUNT * ENTRY_BYTES;
const ENTRY_ARRAY_SECTORS = ENTRY_ARRAY_BYTES / SECTOR_BYTES;

/** Where the pieces of the table lie, in sectors. */
export interface TableGeometry {
  readonly primaryHeader: number;
  readonly primaryEntries: number;
  readonly firstUsable: number;
  readonly lastUsable: number;
  readonly backupEntries: number;
  readonly backupHeader: number;
}

/** The geometry of a disk of `diskSectors`: protective MBR, header, entries | … | entries, header. */
export function tableGeometry(diskSectors: number): TableGeometry {
  const backupHeader = diskSectors - 1;
  const backupEntries = backupHeader - ENTRY_ARRAY_SECTORS;
  return {
    primaryHeader: 1,
    primaryEntries: 2,
    firstUsable: 2 + ENTRY_ARRAY_SECTORS,
    lastUsable: backupEntries - 1,
    backupEntries,
    backupHeader,
  };
}
