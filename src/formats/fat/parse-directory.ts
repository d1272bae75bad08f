import {
  ATTRIBUTE,
  DIRECTORY_ENTRY_BYTES,
  ENTRY,
  LAST_LONG_ENTRY,
  LONG,
  LONG_UNIT_OFFSETS,
  LONG_UNITS,
  MAX_LONG_ENTRIES,
  SHORT_NAME_BYTES,
  shortNameChecksum,
} from './directory-entry.ts';

/** One file or directory of a directory; `.`, `..` and the volume label are left out. */
export interface DirectoryRecord {
  readonly name: string;
  readonly shortName: string;
  readonly hasLongName: boolean;
  readonly isDirectory: boolean;
  readonly cluster: number;
  readonly size: number;
  /** Which of the directory's 32-byte entries are its: those of the long name, then the short one. */
  readonly entries: { readonly first: number; readonly count: number };
}

export interface ParsedDirectory {
  readonly records: readonly DirectoryRecord[];
  /** Runs of long name entries that no short entry follows: what a power cut between the two leaves behind. */
  readonly orphanedLongNames: number;
}

const END_OF_DIRECTORY = 0x00;
const DELETED = 0xe5;
/** Stored in place of a first byte that would read as {@link DELETED}. */
const ESCAPED_E5 = 0x05;
const ATTRIBUTE_MASK = 0x3f;
/** Case of base and extension where Linux and Windows NT save a long name. */
const NT_CASE = { offset: 12, lowerBase: 0x08, lowerExtension: 0x10 } as const;

/** Parts of a long name as they come, last part first. */
interface PendingName {
  readonly checksum: number;
  readonly units: string;
  /** The number of the part that must come next; 0 when the name is complete. */
  readonly next: number;
  /** How many parts have come. */
  readonly parts: number;
}

/** The entries of a directory, from its clusters put together (Microsoft FAT specification, §6 and §7). */
export function parseDirectory(bytes: Buffer): ParsedDirectory {
  const records: DirectoryRecord[] = [];
  let orphanedLongNames = 0;
  let pending: PendingName | undefined;
  for (let at = 0; at + DIRECTORY_ENTRY_BYTES <= bytes.length; at += DIRECTORY_ENTRY_BYTES) {
    const entry = bytes.subarray(at, at + DIRECTORY_ENTRY_BYTES);
    const first = entry.readUInt8(0);
    if (first === END_OF_DIRECTORY) break;
    const attributes = entry.readUInt8(ENTRY.attributes) & ATTRIBUTE_MASK;
    if (first !== DELETED && attributes === ATTRIBUTE.longName) {
      const continues = pending !== undefined && fits(pending, entry);
      if (pending !== undefined && !continues) orphanedLongNames++;
      const next = continues || startsName(entry);
      if (!next && pending === undefined) orphanedLongNames++;
      pending = next ? withPart(continues ? pending : undefined, entry) : undefined;
      continue;
    }
    const long = pending;
    pending = undefined;
    const belongs =
      first !== DELETED && long !== undefined && long.next === 0 && long.checksum === shortNameChecksum(entry);
    if (long !== undefined && !belongs) orphanedLongNames++;
    if (first === DELETED || first === 0x2e || (attributes & ATTRIBUTE.volumeLabel) !== 0) continue;
    const parts = belongs ? long.parts : 0;
    const entries = { first: at / DIRECTORY_ENTRY_BYTES - parts, count: parts + 1 };
    records.push(parseShortEntry(entry, attributes, belongs ? trimName(long.units) : undefined, entries));
  }
  return { records, orphanedLongNames: orphanedLongNames + (pending === undefined ? 0 : 1) };
}

/** True when `entry` is the first that comes of a name: its last part. */
function startsName(entry: Buffer): boolean {
  const part = partNumber(entry);
  return (entry.readUInt8(LONG.order) & LAST_LONG_ENTRY) !== 0 && part >= 1 && part <= MAX_LONG_ENTRIES;
}

/** True when `entry` is the part that must follow `before`. */
function fits(before: PendingName, entry: Buffer): boolean {
  const order = entry.readUInt8(LONG.order);
  return order === before.next && order !== 0 && entry.readUInt8(LONG.checksum) === before.checksum;
}

function withPart(before: PendingName | undefined, entry: Buffer): PendingName {
  const units = String.fromCharCode(...LONG_UNIT_OFFSETS.map((offset) => entry.readUInt16LE(offset)));
  return {
    checksum: entry.readUInt8(LONG.checksum),
    units: units + (before?.units ?? ''),
    next: partNumber(entry) - 1,
    parts: (before?.parts ?? 0) + 1,
  };
}

function partNumber(entry: Buffer): number {
  return entry.readUInt8(LONG.order) & ~LAST_LONG_ENTRY;
}

/** A name ends at its first zero; one that fills its last entry has none. */
function trimName(units: string): string {
  const end = units.indexOf('\0', Math.max(0, units.length - LONG_UNITS));
  return end === -1 ? units : units.slice(0, end);
}

function parseShortEntry(
  entry: Buffer,
  attributes: number,
  longName: string | undefined,
  entries: DirectoryRecord['entries'],
): DirectoryRecord {
  const shortName = shortNameOf(entry);
  return {
    name: longName ?? shortName,
    shortName,
    hasLongName: longName !== undefined,
    isDirectory: (attributes & ATTRIBUTE.directory) !== 0,
    cluster: ((entry.readUInt16LE(ENTRY.clusterHigh) << 16) | entry.readUInt16LE(ENTRY.clusterLow)) >>> 0,
    size: entry.readUInt32LE(ENTRY.size),
    entries,
  };
}

function shortNameOf(entry: Buffer): string {
  const raw = Buffer.from(entry.subarray(0, SHORT_NAME_BYTES));
  if (raw[0] === ESCAPED_E5) raw[0] = DELETED;
  const flags = entry.readUInt8(NT_CASE.offset);
  const base = raw.toString('latin1', 0, 8).trimEnd();
  const extension = raw.toString('latin1', 8).trimEnd();
  const cased = (text: string, lower: number): string => ((flags & lower) !== 0 ? text.toLowerCase() : text);
  const shown = cased(base, NT_CASE.lowerBase);
  return extension === '' ? shown : `${shown}.${cased(extension, NT_CASE.lowerExtension)}`;
}
