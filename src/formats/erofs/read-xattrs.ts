import { type ByteString, byteString } from '../../model/byte-string.ts';
import { NO_XATTRS } from '../../model/tree.ts';
import type { ErofsImage } from './erofs-image.ts';
import { imageCorrupt, imageUnsupported } from './image-error.ts';
import {
  XATTR_ALIGN,
  XATTR_ENTRY,
  XATTR_HEADER,
  XATTR_HEADER_BYTES,
  XATTR_LONG_PREFIX_BIT,
  XATTR_PREFIX,
  XATTR_SHARED_ID_BYTES,
} from './on-disk.ts';
import { type ErofsInode, inodeName } from './read-inode.ts';

interface Xattr {
  readonly name: ByteString;
  readonly value: Buffer;
}

/** Shared attributes kept in memory (64 KiB each at most): honest images have a few dozen, of some ten bytes. */
const MAX_CACHED_XATTRS = 256;
/** A name fits this (Linux, `XATTR_NAME_MAX`). */
const MAX_NAME_BYTES = 255;

const PREFIXES: ReadonlyMap<number, string> = new Map(
  Object.entries(XATTR_PREFIX).map(([prefix, number]) => [number, prefix]),
);

/** The extended attributes of an inode, those it shares with others first. Throws `image-corrupt`, `image-unsupported`. */
export function readXattrs(image: ErofsImage, inode: ErofsInode): ReadonlyMap<ByteString, Buffer> {
  if (inode.xattrBytes === 0) return NO_XATTRS;
  const where = inodeName(inode.nid);
  const start = inode.offset + inode.inodeBytes;
  const bytes = image.bytes(start, inode.xattrBytes, where);
  const shared = bytes.readUInt8(XATTR_HEADER.sharedCount);
  const entriesAt = XATTR_HEADER_BYTES + shared * XATTR_SHARED_ID_BYTES;
  if (entriesAt > bytes.length) throw imageCorrupt(where, `${shared} shared xattrs do not fit its xattrs`, start);

  const xattrs = new Map<ByteString, Buffer>();
  const add = ({ name, value }: Xattr, offset: number): void => {
    if (xattrs.has(name)) throw imageCorrupt(where, 'an xattr is there twice', offset);
    xattrs.set(name, value);
  };
  for (let at = XATTR_HEADER_BYTES; at < entriesAt; at += XATTR_SHARED_ID_BYTES) {
    add(readShared(image, bytes.readUInt32LE(at), where), start + at);
  }
  for (let at = entriesAt; at < bytes.length; ) {
    const entry = parseEntry(bytes.subarray(at), start + at, where);
    add(entry, start + at);
    at += entry.bytes;
  }
  return xattrs;
}

function readShared(image: ErofsImage, id: number, where: string): Xattr {
  const cached = image.cache.sharedXattrs.get(id);
  if (cached !== undefined) return cached;
  const offset = image.superblock.xattrOffset + id * XATTR_ALIGN;
  const head = image.bytes(offset, XATTR_ENTRY.bytes, where);
  const length = XATTR_ENTRY.bytes + head.readUInt8(XATTR_ENTRY.nameLength) + head.readUInt16LE(XATTR_ENTRY.valueSize);
  const { name, value } = parseEntry(image.bytes(offset, length, where), offset, where);
  if (image.cache.sharedXattrs.size >= MAX_CACHED_XATTRS) image.cache.sharedXattrs.clear();
  image.cache.sharedXattrs.set(id, { name, value });
  return { name, value };
}

/** Parses the entry at the start of `bytes`; `bytes` of the result is its length with padding (the last may lack it). */
function parseEntry(bytes: Buffer, offset: number, where: string): Xattr & { bytes: number } {
  const nameLength = bytes.length < XATTR_ENTRY.bytes ? 0 : bytes.readUInt8(XATTR_ENTRY.nameLength);
  const nameEnd = XATTR_ENTRY.bytes + nameLength;
  const end = bytes.length < XATTR_ENTRY.bytes ? nameEnd : nameEnd + bytes.readUInt16LE(XATTR_ENTRY.valueSize);
  if (end > bytes.length) throw imageCorrupt(where, 'an xattr is cut', offset);
  const index = bytes.readUInt8(XATTR_ENTRY.prefix);
  if ((index & XATTR_LONG_PREFIX_BIT) !== 0) throw imageUnsupported(where, 'an xattr with a prefix of the image');
  const prefix = PREFIXES.get(index);
  if (prefix === undefined) throw imageCorrupt(where, `an xattr has prefix ${index}`, offset);
  const name = (prefix + byteString(bytes.subarray(XATTR_ENTRY.bytes, nameEnd))) as ByteString;
  const isWhole = !prefix.endsWith('.');
  if (name.length > MAX_NAME_BYTES || name.includes('\0') || (nameLength === 0) !== isWhole) {
    throw imageCorrupt(where, 'an xattr has an invalid name', offset);
  }
  // A copy: a piece of a read would keep all of it in memory.
  const value = Buffer.from(bytes.subarray(nameEnd, end));
  return { name, value, bytes: Math.ceil(end / XATTR_ALIGN) * XATTR_ALIGN };
}
