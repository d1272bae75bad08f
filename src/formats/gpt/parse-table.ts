import { crc32 } from 'node:zlib';
import { AshlarError } from '../../model/error.ts';
import type { ReadAt } from '../read-at.ts';
import { swapGuid, UUID_BYTES, type Uuid, uuidFromBytes } from '../uuid.ts';
import { ENTRY, HEADER, HEADER_BYTES, REVISION, SIGNATURE } from './header.ts';
import { ENTRY_BYTES, type Partition, type PartitionTable, SECTOR_BYTES } from './partition-table.ts';

/** An entry array of 1 MiB is eight thousand partitions: no disk has more, and no table can ask for more memory. */
const MAX_ENTRY_ARRAY_BYTES = 1_048_576;
const MAX_SECTOR = BigInt(Math.floor(Number.MAX_SAFE_INTEGER / SECTOR_BYTES) - 1);

/** One of the two copies: its content, or why it cannot be believed. */
export type TableCopy =
  | { readonly valid: true; readonly table: PartitionTable }
  | { readonly valid: false; readonly why: string };

export interface ParsedPartitionTable {
  /** What holds: the primary copy, or the backup when the primary is damaged (as Linux with `gpt` and firmware choose). */
  readonly table: PartitionTable;
  readonly primary: TableCopy;
  readonly backup: TableCopy;
  /** `differ` is the state between the writes of an update: both are valid and say different things. */
  readonly copies: 'equal' | 'differ' | 'primary-only' | 'backup-only';
}

/**
 * Reads the partition table of a disk of `diskSize` bytes with 512-byte sectors: both copies, each checked by its checksums and for
 * partitions that lie outside, overlap or share a UUID. The backup is looked for where the primary says, else in the last sector.
 * Throws `partition-table-invalid` when neither copy is valid.
 */
export function parsePartitionTable(readAt: ReadAt, diskSize: number): ParsedPartitionTable {
  const sectors = Math.floor(diskSize / SECTOR_BYTES);
  const primary = parseCopy(readAt, sectors, 1);
  const backupAt = primary.valid ? primary.table.diskSize / SECTOR_BYTES - 1 : sectors - 1;
  const backup = parseCopy(readAt, sectors, backupAt);
  if (primary.valid) {
    const copies = !backup.valid ? 'primary-only' : sameTable(primary.table, backup.table) ? 'equal' : 'differ';
    return { table: primary.table, primary, backup, copies };
  }
  if (backup.valid) return { table: backup.table, primary, backup, copies: 'backup-only' };
  throw new AshlarError(
    'partition-table-invalid',
    `The disk has no valid partition table: the primary copy is not (${primary.why}), nor is the backup (${backup.why}).`,
    {
      hint: 'Name a whole raw disk with 512-byte sectors (`qemu-img convert -O raw` makes one of qcow2, vmdk and vhd); if it is one, write it anew from its release.',
    },
  );
}

function sameTable(a: PartitionTable, b: PartitionTable): boolean {
  const plain = (table: PartitionTable): string =>
    JSON.stringify(table, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
  return plain(a) === plain(b);
}

/** Carries the reason why a copy is not valid out of the checks; never leaves this file. */
class InvalidCopy extends Error {}

function parseCopy(readAt: ReadAt, diskSectors: number, headerAt: number): TableCopy {
  try {
    return { valid: true, table: parseHeader(readAt, diskSectors, headerAt) };
  } catch (error) {
    if (error instanceof InvalidCopy) return { valid: false, why: error.message };
    throw error;
  }
}

function check(condition: boolean, why: string): asserts condition {
  if (!condition) throw new InvalidCopy(why);
}

function parseHeader(readAt: ReadAt, diskSectors: number, headerAt: number): PartitionTable {
  check(headerAt >= 1 && headerAt < diskSectors, 'the disk is too small');
  const header = readAt(headerAt * SECTOR_BYTES, SECTOR_BYTES);
  check(header.subarray(0, SIGNATURE.length).equals(SIGNATURE), 'the signature is missing');
  check(header.readUInt32LE(HEADER.revision) === REVISION, 'its revision is unknown');
  const headerBytes = header.readUInt32LE(HEADER.headerBytes);
  check(headerBytes >= HEADER_BYTES && headerBytes <= SECTOR_BYTES, 'its header size is impossible');
  const summed = Buffer.from(header.subarray(0, headerBytes));
  summed.writeUInt32LE(0, HEADER.headerCrc);
  check(crc32(summed) === header.readUInt32LE(HEADER.headerCrc), 'its header has a wrong checksum');
  check(readSector(header, HEADER.myLba) === headerAt, 'its header was made for another sector');

  const alternate = readSector(header, HEADER.alternateLba);
  check(alternate >= 1 && alternate < diskSectors && alternate !== headerAt, 'its other copy lies outside of the disk');
  const lastSector = Math.max(alternate, headerAt);
  const firstUsable = readSector(header, HEADER.firstUsable);
  const lastUsable = readSector(header, HEADER.lastUsable);
  check(firstUsable >= 2 && firstUsable <= lastUsable && lastUsable < lastSector, 'its usable range is impossible');

  const entries = readEntries(readAt, header, diskSectors);
  const partitions = parseEntries(entries, header.readUInt32LE(HEADER.entryBytes), firstUsable, lastUsable);
  return {
    diskUuid: readGuid(header, HEADER.diskUuid),
    diskSize: (lastSector + 1) * SECTOR_BYTES,
    partitions,
  };
}

function readEntries(readAt: ReadAt, header: Buffer, diskSectors: number): Buffer {
  const count = header.readUInt32LE(HEADER.entryCount);
  const size = header.readUInt32LE(HEADER.entryBytes);
  check(
    size >= ENTRY_BYTES && size % ENTRY_BYTES === 0 && size <= MAX_ENTRY_ARRAY_BYTES,
    'its entry size is impossible',
  );
  check(count >= 1 && count * size <= MAX_ENTRY_ARRAY_BYTES, 'its number of entries is impossible');
  const first = readSector(header, HEADER.entriesLba);
  check(
    first >= 2 && first + Math.ceil((count * size) / SECTOR_BYTES) <= diskSectors,
    'its entries lie outside of the disk',
  );
  const entries = readAt(first * SECTOR_BYTES, count * size);
  check(crc32(entries) === header.readUInt32LE(HEADER.entriesCrc), 'its entries have a wrong checksum');
  return entries;
}

function parseEntries(
  entries: Buffer,
  entryBytes: number,
  firstUsable: number,
  lastUsable: number,
): (Partition | undefined)[] {
  const partitions: (Partition | undefined)[] = [];
  for (let at = 0; at < entries.length; at += entryBytes) {
    const entry = entries.subarray(at, at + entryBytes);
    // Most of the entries of most tables: told before anything is made of them.
    if (entry.readBigUInt64LE(ENTRY.type) === 0n && entry.readBigUInt64LE(ENTRY.type + 8) === 0n) {
      partitions.push(undefined);
      continue;
    }
    const type = readGuid(entry, ENTRY.type);
    const first = readSector(entry, ENTRY.firstLba);
    const last = readSector(entry, ENTRY.lastLba);
    check(
      first >= firstUsable && first <= last && last <= lastUsable,
      `partition ${partitions.length + 1} lies outside`,
    );
    partitions.push({
      type,
      uuid: readGuid(entry, ENTRY.uuid),
      label: readLabel(entry),
      start: first * SECTOR_BYTES,
      size: (last - first + 1) * SECTOR_BYTES,
      attributes: entry.readBigUInt64LE(ENTRY.attributes),
    });
  }
  while (partitions.length > 0 && partitions.at(-1) === undefined) partitions.pop();
  checkDisjoint(partitions.filter((partition) => partition !== undefined));
  return partitions;
}

function checkDisjoint(partitions: readonly Partition[]): void {
  let end = 0;
  for (const partition of partitions.toSorted((a, b) => a.start - b.start)) {
    check(partition.start >= end, 'partitions overlap');
    end = partition.start + partition.size;
  }
  check(new Set(partitions.map(({ uuid }) => uuid)).size === partitions.length, 'two partitions have the same UUID');
}

function readSector(bytes: Buffer, offset: number): number {
  const sector = bytes.readBigUInt64LE(offset);
  check(sector <= MAX_SECTOR, 'a sector number is impossible');
  return Number(sector);
}

function readGuid(bytes: Buffer, offset: number): Uuid {
  return uuidFromBytes(swapGuid(bytes.subarray(offset, offset + UUID_BYTES)));
}

function readLabel(entry: Buffer): string {
  const label = entry.toString('utf16le', ENTRY.label, ENTRY.label + ENTRY.labelBytes);
  const end = label.indexOf('\0');
  return end === -1 ? label : label.slice(0, end);
}
