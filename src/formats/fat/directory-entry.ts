import type { FatName } from './fat-name.ts';

export const DIRECTORY_ENTRY_BYTES = 32;

/** Offsets in a directory entry (Microsoft FAT specification, §6). */
export const ENTRY = {
  name: 0,
  attributes: 11,
  createTenths: 13,
  createTime: 14,
  createDate: 16,
  accessDate: 18,
  clusterHigh: 20,
  writeTime: 22,
  writeDate: 24,
  clusterLow: 26,
  size: 28,
} as const;

/** Offsets in a long name entry (§7). */
export const LONG = { order: 0, attributes: 11, checksum: 13, cluster: 26 } as const;
/** Where the 13 UTF-16 units of a long name entry lie. */
export const LONG_UNIT_OFFSETS = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30] as const;
export const LONG_UNITS = LONG_UNIT_OFFSETS.length;
export const LAST_LONG_ENTRY = 0x40;
export const MAX_LONG_ENTRIES = 20;

export const ATTRIBUTE = { readOnly: 0x01, volumeLabel: 0x08, directory: 0x10, archive: 0x20, longName: 0x0f } as const;
export const SHORT_NAME_BYTES = 11;

/** A moment as FAT stores it: local time in steps of two seconds, here always UTC. */
export interface FatTime {
  readonly date: number;
  readonly time: number;
}

/** `seconds` since 1970 as FAT stores it, clamped to the years 1980–2107 that it can. */
export function fatTime(seconds: number): FatTime {
  const first = Date.UTC(1980, 0, 1) / 1000;
  const last = Date.UTC(2107, 11, 31, 23, 59, 58) / 1000;
  const at = new Date(Math.min(Math.max(seconds, first), last) * 1000);
  return {
    date: ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
  };
}

/** What an entry says of its file beside the name. */
export interface EntryFields {
  readonly attributes: number;
  readonly cluster: number;
  readonly size: number;
  readonly time: FatTime;
}

/** How many 32-byte entries `name` takes. */
export function entryCount(name: FatName): number {
  return 1 + (name.needsLongName ? Math.ceil(name.long.length / LONG_UNITS) : 0);
}

/** The entries of one file: those of the long name, last part first, then the short one. */
export function encodeEntries(name: FatName, fields: EntryFields): Buffer {
  const count = entryCount(name);
  const bytes = Buffer.alloc(count * DIRECTORY_ENTRY_BYTES);
  const checksum = shortNameChecksum(Buffer.from(name.short, 'latin1'));
  for (let part = count - 1; part >= 1; part--) {
    const entry = bytes.subarray((count - 1 - part) * DIRECTORY_ENTRY_BYTES);
    entry[LONG.order] = part | (part === count - 1 ? LAST_LONG_ENTRY : 0);
    entry[LONG.attributes] = ATTRIBUTE.longName;
    entry[LONG.checksum] = checksum;
    for (const [index, offset] of LONG_UNIT_OFFSETS.entries()) {
      entry.writeUInt16LE(longUnit(name.long, (part - 1) * LONG_UNITS + index), offset);
    }
  }
  encodeShortEntry(name.short, fields).copy(bytes, (count - 1) * DIRECTORY_ENTRY_BYTES);
  return bytes;
}

/** One entry with the 11-byte name `short`: also `.`, `..` and the volume label. */
export function encodeShortEntry(short: string, { attributes, cluster, size, time }: EntryFields): Buffer {
  const entry = Buffer.alloc(DIRECTORY_ENTRY_BYTES);
  entry.write(short.padEnd(SHORT_NAME_BYTES), ENTRY.name, 'latin1');
  entry[ENTRY.attributes] = attributes;
  entry.writeUInt16LE(time.time, ENTRY.createTime);
  entry.writeUInt16LE(time.date, ENTRY.createDate);
  entry.writeUInt16LE(time.date, ENTRY.accessDate);
  entry.writeUInt16LE(cluster >>> 16, ENTRY.clusterHigh);
  entry.writeUInt16LE(time.time, ENTRY.writeTime);
  entry.writeUInt16LE(time.date, ENTRY.writeDate);
  entry.writeUInt16LE(cluster & 0xffff, ENTRY.clusterLow);
  entry.writeUInt32LE(size, ENTRY.size);
  return entry;
}

/** Ties long name entries to their short one (§7). */
export function shortNameChecksum(short: Uint8Array): number {
  let sum = 0;
  for (const byte of short.subarray(0, SHORT_NAME_BYTES)) sum = (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff;
  return sum;
}

/** The name is followed by one zero, then by ones (§7). */
function longUnit(name: string, index: number): number {
  if (index < name.length) return name.charCodeAt(index);
  return index === name.length ? 0 : 0xffff;
}
