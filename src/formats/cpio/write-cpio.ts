import { type ByteString, bytesOf, display, toBuffer } from '../../model/byte-string.ts';
import { AshlarError } from '../../model/error.ts';
import {
  ARCHIVE_BLOCK_BYTES,
  type CpioEntry,
  type CpioHeader,
  FIELD_DIGITS,
  FIELDS,
  HEADER_BYTES,
  MAGIC,
  MAX_NAME_BYTES,
  padded,
  TRAILER,
  TYPE_BITS,
} from './cpio-entry.ts';

const MAX_FIELD = 0xffff_ffff;

/**
 * A cpio archive in the `newc` format, as the kernel unpacks it (Linux, driver-api/early-userspace/buffer-format.rst). Inode
 * numbers count from 1 in the order of the entries, every time is `mtime` (seconds since 1970), so the bytes depend on nothing
 * else. Archives may be put one after the other. Throws `usage` for an entry whose directory does not come before it: the kernel
 * would silently leave it out.
 */
export function writeCpio(entries: Iterable<CpioEntry>, mtime = 0): Buffer {
  const pieces: Buffer[] = [];
  const types = new Map<ByteString, CpioEntry['type']>();
  for (const entry of entries) {
    checkEntry(entry, types);
    types.set(entry.path, entry.type);
    pieces.push(...member(entry, types.size, mtime));
  }
  pieces.push(...header(bytesOf(TRAILER), { nlink: 1 }));
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  pieces.push(Buffer.alloc(Math.ceil(size / ARCHIVE_BLOCK_BYTES) * ARCHIVE_BLOCK_BYTES - size));
  return Buffer.concat(pieces);
}

function member(entry: CpioEntry, ino: number, mtime: number): Buffer[] {
  const device = entry.type === 'block' || entry.type === 'character' ? entry : { major: 0, minor: 0 };
  const content =
    entry.type === 'file' ? entry.content : entry.type === 'symlink' ? toBuffer(entry.target) : Buffer.alloc(0);
  const fields = {
    ino,
    mode: TYPE_BITS[entry.type] | entry.mode,
    uid: entry.uid ?? 0,
    gid: entry.gid ?? 0,
    nlink: entry.type === 'directory' ? 2 : 1,
    mtime,
    fileBytes: content.length,
    rdevMajor: device.major,
    rdevMinor: device.minor,
  };
  return [...header(entry.path, fields), content, Buffer.alloc(padded(content.length) - content.length)];
}

function header(path: ByteString, fields: Partial<CpioHeader>): Buffer[] {
  const nameBytes = path.length + 1;
  const bytes = Buffer.alloc(padded(HEADER_BYTES + nameBytes));
  const all = { ...fields, nameBytes };
  const digits = FIELDS.map((field) => hexField(field, all[field] ?? 0));
  bytes.write(MAGIC + digits.join('') + path, 'latin1');
  return [bytes];
}

function hexField(field: keyof CpioHeader, value: number): string {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_FIELD) {
    return value.toString(16).padStart(FIELD_DIGITS, '0');
  }
  throw new AshlarError('usage', `the cpio field ${field} cannot be ${value}`, { hint: 'It holds 32 bits, unsigned.' });
}

function checkEntry(entry: CpioEntry, types: ReadonlyMap<ByteString, CpioEntry['type']>): void {
  const { path } = entry;
  const parts = path.split('/');
  const name = `“${display(path)}”`;
  if (parts.some((part) => part === '' || part === '.' || part === '..') || path.includes('\0') || path === TRAILER) {
    throw bad(`${name} is not a path within an archive`, 'Write it relative to the root, like usr/bin/busybox.');
  }
  if (path.length + 1 > MAX_NAME_BYTES)
    throw bad(`${name} is too long`, `A path has at most ${MAX_NAME_BYTES - 1} bytes.`);
  if (types.has(path)) throw bad(`${name} is in the archive twice`, 'Leave one of the two out.');
  const parent = parts.slice(0, -1).join('/') as ByteString;
  if (parent !== '' && types.get(parent) !== 'directory') {
    throw bad(
      `${name} comes before its directory`,
      'Put each directory before what is in it: the kernel makes none by itself.',
    );
  }
}

function bad(what: string, hint: string): AshlarError {
  return new AshlarError('usage', what, { hint });
}
