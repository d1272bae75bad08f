import { crc32 } from 'node:zlib';
import { AshlarError } from '../../model/error.ts';
import { NIL_UUID, swapGuid, uuidBytes } from '../uuid.ts';
import { ENTRY, GPT_PROTECTIVE, HEADER, HEADER_BYTES, MBR, MBR_SIGNATURE, REVISION, SIGNATURE } from './header.ts';
import {
  ENTRY_ARRAY_BYTES,
  ENTRY_BYTES,
  ENTRY_COUNT,
  MAX_LABEL_UNITS,
  PARTITION_ALIGNMENT_BYTES,
  type Partition,
  type PartitionTable,
  SECTOR_BYTES,
  type TableGeometry,
  tableGeometry,
} from './partition-table.ts';

/** Bytes and where on the disk they go. */
export interface DiskWrite {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** The four pieces of a table beside the MBR, so that a writer can order them and flush between (design: backup first). */
export interface EncodedTable {
  readonly protectiveMbr: DiskWrite;
  readonly primaryHeader: DiskWrite;
  readonly primaryEntries: DiskWrite;
  readonly backupEntries: DiskWrite;
  readonly backupHeader: DiskWrite;
}

/**
 * The bytes of a GUID partition table (UEFI 2.10 §5.3). Partitions must begin and end on whole sectors, lie between the two
 * copies of the table and not overlap, have labels of at most 36 UTF-16 units and UUIDs of their own. Throws
 * `partition-table-invalid` naming the first that does not.
 */
export function encodePartitionTable(table: PartitionTable): EncodedTable {
  checkTable(table);
  const geometry = tableGeometry(table.diskSize / SECTOR_BYTES);
  const entries = encodeEntries(table.partitions);
  const header = (own: number, other: number, entriesAt: number): DiskWrite => ({
    offset: own * SECTOR_BYTES,
    bytes: encodeHeader(table, geometry, own, other, entriesAt, crc32(entries)),
  });
  return {
    protectiveMbr: { offset: 0, bytes: encodeProtectiveMbr(table.diskSize / SECTOR_BYTES) },
    primaryHeader: header(geometry.primaryHeader, geometry.backupHeader, geometry.primaryEntries),
    primaryEntries: { offset: geometry.primaryEntries * SECTOR_BYTES, bytes: entries },
    backupEntries: { offset: geometry.backupEntries * SECTOR_BYTES, bytes: entries },
    backupHeader: header(geometry.backupHeader, geometry.primaryHeader, geometry.backupEntries),
  };
}

function encodeHeader(
  table: PartitionTable,
  geometry: TableGeometry,
  own: number,
  other: number,
  entriesAt: number,
  entriesCrc: number,
): Buffer {
  const bytes = Buffer.alloc(SECTOR_BYTES);
  SIGNATURE.copy(bytes, HEADER.signature);
  bytes.writeUInt32LE(REVISION, HEADER.revision);
  bytes.writeUInt32LE(HEADER_BYTES, HEADER.headerBytes);
  bytes.writeBigUInt64LE(BigInt(own), HEADER.myLba);
  bytes.writeBigUInt64LE(BigInt(other), HEADER.alternateLba);
  bytes.writeBigUInt64LE(BigInt(geometry.firstUsable), HEADER.firstUsable);
  bytes.writeBigUInt64LE(BigInt(geometry.lastUsable), HEADER.lastUsable);
  swapGuid(uuidBytes(table.diskUuid)).copy(bytes, HEADER.diskUuid);
  bytes.writeBigUInt64LE(BigInt(entriesAt), HEADER.entriesLba);
  bytes.writeUInt32LE(ENTRY_COUNT, HEADER.entryCount);
  bytes.writeUInt32LE(ENTRY_BYTES, HEADER.entryBytes);
  bytes.writeUInt32LE(entriesCrc, HEADER.entriesCrc);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEADER_BYTES)), HEADER.headerCrc);
  return bytes;
}

function encodeEntries(partitions: PartitionTable['partitions']): Buffer {
  const entries = Buffer.alloc(ENTRY_ARRAY_BYTES);
  for (const [index, partition] of partitions.entries()) {
    if (partition === undefined) continue;
    const entry = entries.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES);
    swapGuid(uuidBytes(partition.type)).copy(entry, ENTRY.type);
    swapGuid(uuidBytes(partition.uuid)).copy(entry, ENTRY.uuid);
    entry.writeBigUInt64LE(BigInt(partition.start / SECTOR_BYTES), ENTRY.firstLba);
    entry.writeBigUInt64LE(BigInt((partition.start + partition.size) / SECTOR_BYTES - 1), ENTRY.lastLba);
    entry.writeBigUInt64LE(partition.attributes, ENTRY.attributes);
    entry.write(partition.label, ENTRY.label, ENTRY.labelBytes, 'utf16le');
  }
  return entries;
}

/** One MBR partition of type 0xEE over the whole disk, so that tools that know no GPT do not take it for empty. */
function encodeProtectiveMbr(diskSectors: number): Buffer {
  const bytes = Buffer.alloc(SECTOR_BYTES);
  bytes.set([0x00, 0x02, 0x00], MBR.startChs);
  bytes[MBR.osType] = GPT_PROTECTIVE;
  bytes.set(chsAddress(diskSectors - 1), MBR.endChs);
  bytes.writeUInt32LE(1, MBR.startLba);
  bytes.writeUInt32LE(Math.min(diskSectors - 1, 0xffff_ffff), MBR.sectors);
  bytes.writeUInt16LE(MBR_SIGNATURE, MBR.signature);
  return bytes;
}

/** A sector as cylinder, head and sector of the geometry 255 × 63 that BIOSes agreed on; all ones beyond 8 GB. */
function chsAddress(lba: number): number[] {
  const [heads, sectors] = [255, 63];
  const cylinder = Math.floor(lba / (heads * sectors));
  if (cylinder > 1023) return [0xff, 0xff, 0xff];
  const head = Math.floor(lba / sectors) % heads;
  return [head, ((lba % sectors) + 1) | ((cylinder >> 8) << 6), cylinder & 0xff];
}

function checkTable(table: PartitionTable): void {
  const { diskSize, partitions } = table;
  if (!Number.isSafeInteger(diskSize) || diskSize % SECTOR_BYTES !== 0 || diskSize < 2 * PARTITION_ALIGNMENT_BYTES) {
    throw invalid(`a disk of ${diskSize} bytes is not possible`, 'Give whole 512-byte sectors, 2 MiB or more.');
  }
  if (partitions.length > ENTRY_COUNT) {
    throw invalid(`${partitions.length} partitions are too many`, `A table has at most ${ENTRY_COUNT}.`);
  }
  const geometry = tableGeometry(diskSize / SECTOR_BYTES);
  const present = partitions.filter((partition) => partition !== undefined);
  for (const partition of present) checkPartition(partition, geometry);

  const byPlace = present.toSorted((a, b) => a.start - b.start);
  for (const [index, partition] of byPlace.entries()) {
    const before = byPlace[index - 1];
    if (before !== undefined && before.start + before.size > partition.start) {
      throw invalid(
        `the partitions “${before.label}” and “${partition.label}” overlap`,
        'Begin each partition where the one before it ends, or later.',
      );
    }
  }
  const byUuid = new Map<string, Partition>();
  for (const partition of present) {
    const other = byUuid.get(partition.uuid);
    if (other !== undefined) {
      throw invalid(
        `the partitions “${other.label}” and “${partition.label}” have the same UUID ${partition.uuid}`,
        'One image may be in one slot only; give an empty slot a UUID of its own.',
      );
    }
    byUuid.set(partition.uuid, partition);
  }
}

function checkPartition(partition: Partition, geometry: TableGeometry): void {
  const { label, start, size } = partition;
  const name = `the partition “${label}”`;
  if (label.length > MAX_LABEL_UNITS || label.includes('\0')) {
    throw invalid(
      `the label “${label}” does not fit`,
      `A label has at most ${MAX_LABEL_UNITS} UTF-16 units, none of them zero.`,
    );
  }
  if (partition.type === NIL_UUID || partition.uuid === NIL_UUID) {
    throw invalid(`${name} has a UUID of zeros`, 'Zeros mark an unused entry.');
  }
  for (const value of [start, size]) {
    if (!Number.isSafeInteger(value) || value % SECTOR_BYTES !== 0 || value <= 0) {
      throw invalid(`${name} begins at ${start} and has ${size} bytes`, 'Both must be whole 512-byte sectors.');
    }
  }
  const first = geometry.firstUsable * SECTOR_BYTES;
  const end = (geometry.lastUsable + 1) * SECTOR_BYTES;
  if (start < first || start + size > end) {
    throw invalid(
      `${name} (bytes ${start} to ${start + size}) lies outside of what a disk can hold (${first} to ${end})`,
      'Make the disk larger or the partition smaller.',
    );
  }
  if (partition.attributes < 0n || partition.attributes >= 1n << 64n) {
    throw invalid(`${name} has attributes that are not 64 bits`, 'Combine the bits of PARTITION_ATTRIBUTE.');
  }
}

function invalid(what: string, hint: string): AshlarError {
  return new AshlarError('partition-table-invalid', what, { hint });
}
