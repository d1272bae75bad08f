import { type ByteString, byteString, display } from '../../model/byte-string.ts';
import type { Timestamp } from '../../model/tree.ts';
import { ByteSource } from './byte-source.ts';
import { type PaxRecords, xattrsOf } from './extended-header.ts';
import { parsePaxCount, parsePaxRecords, parsePaxTime } from './pax.ts';
import { parsePaxSparseMap, readOldSparseMap, readPaxSparseMap, type SparseMap } from './sparse-map.ts';
import type { TarEntry } from './tar-entry.ts';
import { tarCorrupt, tarUnsupported } from './tar-error.ts';
import { parseTarHeader, TAR_BLOCK_BYTES, type TarHeader } from './tar-header.ts';

/** An extended header larger than this is refused: the attributes of one inode take 64 KiB each, names 4 KiB. */
const MAX_EXTENDED_BYTES = 2 * 1024 * 1024;
/** Global records are copied for each member: real archives have one or two. */
const MAX_GLOBALS = 64;
/** Ids are 32 bits; the last one means "no id". */
const MAX_ID = 0xffff_fffe;
/** Linux device numbers: 12 bits of major, 20 of minor. */
const MAX_MAJOR = 0xfff;
const MAX_MINOR = 0xf_ffff;

/** What the headers before a member say of it. */
interface Pending {
  records: Map<string, Buffer>;
  longPath: ByteString | undefined;
  longTarget: ByteString | undefined;
}

/**
 * Reads a tar archive (ustar, pax, GNU; long names, base-256 numbers, attributes, sparse files) as a stream, one member at a
 * time, holding at most one extended header and one chunk. The archive must have its end mark; what follows is read and ignored.
 * Nothing is checked of paths here. Throws `tar-corrupt` and `tar-unsupported`.
 */
export async function* readTar(stream: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const source = new ByteSource(stream);
  try {
    const globals = new Map<string, Buffer>();
    let pending: Pending = { records: new Map(), longPath: undefined, longTarget: undefined };
    for (;;) {
      const offset = source.position;
      const block = await source.read(TAR_BLOCK_BYTES);
      if (block === undefined) throw tarCorrupt('it ends without its end mark', offset);
      const header = parseTarHeader(block, offset);
      if (header === undefined) break;
      if ('xgLK'.includes(header.type)) {
        await readExtension(source, header, globals, pending, offset);
        continue;
      }
      // A volume's label says nothing of the tree.
      if (header.type === 'V') {
        await source.skip(padded(header.size));
        continue;
      }
      const records: PaxRecords = new Map([...globals, ...pending.records]);
      const member = await openMember(source, header, records, pending, offset);
      yield member.entry;
      await source.skip(member.end - source.position);
      pending = { records: new Map(), longPath: undefined, longTarget: undefined };
    }
    await source.drain();
  } finally {
    await source.close();
  }
}

async function readExtension(
  source: ByteSource,
  header: TarHeader,
  globals: Map<string, Buffer>,
  pending: Pending,
  offset: number,
): Promise<void> {
  if (header.size > MAX_EXTENDED_BYTES) {
    throw tarCorrupt(`an extended header is larger than ${MAX_EXTENDED_BYTES} bytes`, offset);
  }
  const bytes = header.size === 0 ? Buffer.alloc(0) : await source.read(header.size);
  if (bytes === undefined) throw tarCorrupt('it ends within an extended header', offset);
  await source.skip(padded(header.size) - header.size);
  if (header.type === 'x' || header.type === 'g') {
    const records = parsePaxRecords(bytes, offset);
    if (header.type === 'x') pending.records = new Map(records);
    else for (const [key, value] of records) globals.set(key, value);
    if (globals.size > MAX_GLOBALS) throw tarCorrupt(`it has more than ${MAX_GLOBALS} global records`, offset);
    return;
  }
  const end = bytes.indexOf(0);
  const name = byteString(end < 0 ? bytes : bytes.subarray(0, end));
  if (header.type === 'L') pending.longPath = name;
  else pending.longTarget = name;
}

async function openMember(
  source: ByteSource,
  header: TarHeader,
  records: PaxRecords,
  pending: Pending,
  offset: number,
): Promise<{ entry: TarEntry; end: number }> {
  const text = (key: string): ByteString | undefined => {
    const value = records.get(key);
    return value === undefined || value.length === 0 ? undefined : byteString(value);
  };
  const count = (key: string, otherwise: number, most: number): number => {
    const value = records.get(key);
    const number = value === undefined || value.length === 0 ? otherwise : parsePaxCount(value, key, offset);
    if (number > most) throw tarCorrupt(`its ${key} is out of range`, offset);
    return number;
  };

  const path = text('GNU.sparse.name') ?? text('path') ?? pending.longPath ?? header.path;
  if (path.includes('\0')) throw tarCorrupt('a path has a zero byte in it', offset);
  const target = text('linkpath') ?? pending.longTarget ?? header.linkTarget;
  const base = {
    path,
    offset,
    mode: header.mode,
    uid: count('uid', header.uid, MAX_ID),
    gid: count('gid', header.gid, MAX_ID),
    mtime: timeOf(header, records, offset),
    xattrs: xattrsOf(records, offset),
  };
  const start = source.position;

  switch (header.type) {
    case '0':
    case '7':
    case 'S': {
      // Before POSIX a directory was a file whose name ends in a slash.
      if (path.endsWith('/')) return { entry: { ...base, type: 'directory' }, end: start };
      const stored = count('size', header.size, Number.MAX_SAFE_INTEGER - TAR_BLOCK_BYTES);
      const map = await sparseMap(source, header, records, stored, offset);
      // An old sparse map lies before the data that the size counts, a pax one within it.
      const end = (header.type === 'S' ? source.position : start) + padded(stored);
      const dataSize = stored - (map?.mapBytes ?? 0);
      const mapped = map?.extents.reduce((sum, extent) => sum + extent.size, 0) ?? dataSize;
      if (mapped !== dataSize) throw tarCorrupt('a sparse file has more or less data than its map says', offset);
      const data = dataOf(source, dataSize, display(path));
      return {
        entry: { ...base, type: 'file', size: map?.size ?? dataSize, extents: map?.extents, dataSize, data },
        end,
      };
    }
    case '1':
    case '2':
      if (target === '' || target.includes('\0')) throw tarCorrupt('a link has no valid target', offset);
      // Historic writers give a hard link the size of its target; no data follows.
      return {
        entry: { ...base, type: header.type === '1' ? ('hardlink' as const) : ('symlink' as const), target },
        end: start,
      };
    case '3':
    case '4': {
      const major = count('SCHILY.devmajor', header.major, MAX_MAJOR);
      const minor = count('SCHILY.devminor', header.minor, MAX_MINOR);
      return { entry: { ...base, type: header.type === '3' ? 'character' : 'block', major, minor }, end: start };
    }
    case '5':
      // A size here is a hint for allocation (POSIX), not data.
      return { entry: { ...base, type: 'directory' }, end: start };
    case '6':
      return { entry: { ...base, type: 'fifo' }, end: start };
    default:
      throw tarUnsupported(`a member of type ${JSON.stringify(header.type)}`, offset);
  }
}

async function sparseMap(
  source: ByteSource,
  header: TarHeader,
  records: PaxRecords,
  stored: number,
  offset: number,
): Promise<SparseMap | undefined> {
  if (header.type === 'S') return readOldSparseMap(source, header.block, offset);
  const record = (key: string): Buffer | undefined => records.get(`GNU.sparse.${key}`);
  const major = record('major');
  if (major !== undefined) {
    const version = `${major.toString('latin1')}.${record('minor')?.toString('latin1')}`;
    if (version !== '1.0') throw tarUnsupported(`sparse files of version ${JSON.stringify(version)}`, offset);
    const size = parsePaxCount(record('realsize') ?? Buffer.alloc(0), 'GNU.sparse.realsize', offset);
    return readPaxSparseMap(source, size, stored, offset);
  }
  const size = record('size');
  if (size === undefined) return undefined;
  const map = record('map');
  if (map === undefined) throw tarUnsupported('sparse files of version 0.0', offset);
  return parsePaxSparseMap(map, parsePaxCount(size, 'GNU.sparse.size', offset), offset);
}

function timeOf(header: TarHeader, records: PaxRecords, offset: number): Timestamp {
  const value = records.get('mtime');
  if (value !== undefined && value.length > 0) return parsePaxTime(value, offset);
  if (BigInt.asIntN(64, header.mtime) !== header.mtime) throw tarCorrupt('its time is out of range', offset);
  return { seconds: header.mtime, nanoseconds: 0 };
}

async function* dataOf(source: ByteSource, size: number, name: string): AsyncGenerator<Buffer> {
  const end = source.position + size;
  while (source.position < end) {
    const before = source.position;
    const chunk = await source.readSome(end - before);
    yield chunk;
    if (source.position !== before + chunk.length) {
      throw new TypeError(`the data of ${name} was read after the next member was asked for`);
    }
  }
}

function padded(size: number): number {
  return Math.ceil(size / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;
}
