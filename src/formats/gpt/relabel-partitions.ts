import { crc32 } from 'node:zlib';
import { AshlarError } from '../../model/error.ts';
import type { ReadAt } from '../read-at.ts';
import { swapGuid, type Uuid, uuidBytes } from '../uuid.ts';
import type { DiskWrite } from './encode-table.ts';
import { ENTRY, HEADER } from './header.ts';
import { parsePartitionTable, type TableCopy } from './parse-table.ts';
import { MAX_LABEL_UNITS, SECTOR_BYTES } from './partition-table.ts';

/** What a partition is to be called from now on. */
export interface PartitionNaming {
  readonly uuid: Uuid;
  /** At most 36 UTF-16 units. */
  readonly label: string;
}

/**
 * One write of a part of a partition table. Each is to be on the disk before the next is begun: then one of the two copies is valid at
 * every moment, whatever part of a write a power cut leaves.
 */
export type TableWrite = DiskWrite & {
  readonly what: 'backup-entries' | 'backup-header' | 'primary-entries' | 'primary-header';
};

/**
 * The writes that give partitions of a table other names and UUIDs, by their indexes, and change nothing else: not a byte of the table but those and
 * its checksums. Without changes they repair one copy from the other; there are none when both are whole and say the same.
 *
 * The backup comes first, because Linux and firmware believe the primary as long as it is valid (Linux, block/partitions/efi.c,
 * `find_valid_gpt`; UEFI 2.10 §5.3.2). When the backup is all that is left, the primary is written from it before anything else.
 *
 * Throws `partition-table-invalid` when neither copy is valid, when there is no such partition, or two would have one UUID.
 */
export function relabelPartitions(
  readAt: ReadAt,
  diskSize: number,
  changes: ReadonlyMap<number, PartitionNaming>,
): TableWrite[] {
  const { table, primary, backup, copies } = parsePartitionTable(readAt, diskSize);
  checkChanges(table.partitions, changes);
  const backupAt = table.diskSize / SECTOR_BYTES - 1;
  const source = readCopy(readAt, primary.valid ? 1 : backupAt);
  const places: Places = {
    primary: { header: 1, entries: primary.valid ? source.entriesAt : 2 },
    backup: { header: backupAt, entries: backupEntries(readAt, backup, backupAt, source) },
  };
  const same = copies === 'equal';
  if (changes.size === 0)
    return same ? [] : primary.valid ? write('backup', source, places) : write('primary', source, places);
  const changed = rename(source, changes);
  if (same && changed.entries.equals(source.entries)) return [];
  return [
    // What is valid must not be touched before there is another that is.
    ...(primary.valid ? [] : write('primary', source, places)),
    ...write('backup', changed, places),
    ...write('primary', changed, places),
  ];
}

/** A copy as it lies on the disk. */
interface RawCopy {
  readonly header: Buffer;
  readonly entries: Buffer;
  readonly entriesAt: number;
}

type Side = 'primary' | 'backup';
/** In sectors. */
type Places = Record<Side, { readonly header: number; readonly entries: number }>;

/** Reads a copy that {@link parsePartitionTable} found valid: its sizes are bounded. */
function readCopy(readAt: ReadAt, headerAt: number): RawCopy {
  const header = Buffer.from(readAt(headerAt * SECTOR_BYTES, SECTOR_BYTES));
  const entriesAt = Number(header.readBigUInt64LE(HEADER.entriesLba));
  const bytes = header.readUInt32LE(HEADER.entryCount) * header.readUInt32LE(HEADER.entryBytes);
  // Whole sectors: what lies behind the last entry stays as it is.
  const sectors = Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;
  return { header, entries: Buffer.from(readAt(entriesAt * SECTOR_BYTES, sectors)), entriesAt };
}

function backupEntries(readAt: ReadAt, backup: TableCopy, backupAt: number, source: RawCopy): number {
  if (backup.valid) return readCopy(readAt, backupAt).entriesAt;
  return backupAt - source.entries.length / SECTOR_BYTES;
}

function rename(copy: RawCopy, changes: ReadonlyMap<number, PartitionNaming>): RawCopy {
  const entries = Buffer.from(copy.entries);
  const entryBytes = copy.header.readUInt32LE(HEADER.entryBytes);
  for (const [index, { uuid, label }] of changes) {
    const entry = entries.subarray(index * entryBytes, (index + 1) * entryBytes);
    swapGuid(uuidBytes(uuid)).copy(entry, ENTRY.uuid);
    entry.fill(0, ENTRY.label, ENTRY.label + ENTRY.labelBytes);
    entry.write(label, ENTRY.label, ENTRY.labelBytes, 'utf16le');
  }
  return { ...copy, entries };
}

function write(side: Side, { header: source, entries }: RawCopy, places: Places): TableWrite[] {
  const own = places[side];
  const other = places[side === 'primary' ? 'backup' : 'primary'];
  const header = Buffer.from(source);
  header.writeBigUInt64LE(BigInt(own.header), HEADER.myLba);
  header.writeBigUInt64LE(BigInt(other.header), HEADER.alternateLba);
  header.writeBigUInt64LE(BigInt(own.entries), HEADER.entriesLba);
  const entryBytes = header.readUInt32LE(HEADER.entryCount) * header.readUInt32LE(HEADER.entryBytes);
  header.writeUInt32LE(crc32(entries.subarray(0, entryBytes)), HEADER.entriesCrc);
  header.writeUInt32LE(0, HEADER.headerCrc);
  header.writeUInt32LE(crc32(header.subarray(0, header.readUInt32LE(HEADER.headerBytes))), HEADER.headerCrc);
  return [
    { what: `${side}-entries`, offset: own.entries * SECTOR_BYTES, bytes: entries },
    { what: `${side}-header`, offset: own.header * SECTOR_BYTES, bytes: header },
  ];
}

function checkChanges(
  partitions: readonly ({ readonly uuid: Uuid } | undefined)[],
  changes: ReadonlyMap<number, PartitionNaming>,
): void {
  for (const [index, { label }] of changes) {
    if (partitions[index] === undefined) throw impossible(`there is no partition ${index + 1}`);
    if (label.length > MAX_LABEL_UNITS || label.includes('\0')) throw impossible(`the label “${label}” does not fit`);
  }
  const uuids = partitions.flatMap((partition, index) => changes.get(index)?.uuid ?? partition?.uuid ?? []);
  const twice = uuids.find((id, index) => uuids.indexOf(id) !== index);
  if (twice !== undefined) throw impossible(`two partitions would have the UUID ${twice}`);
}

function impossible(why: string): AshlarError {
  return new AshlarError('partition-table-invalid', `The partition table cannot be changed: ${why}.`, {
    hint: 'One image may be in one slot only. If the disk is as Ashlar made it, report this.',
  });
}
