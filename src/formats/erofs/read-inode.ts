import type { Timestamp, TreeNode } from '../../model/tree.ts';
import type { ErofsImage } from './erofs-image.ts';
import { imageCorrupt, imageUnsupported } from './image-error.ts';
import {
  COMPACT_INODE,
  COMPACT_INODE_BYTES,
  DATA_LAYOUT,
  DATA_LAYOUT_MASK,
  DATA_LAYOUT_SHIFT,
  EXTENDED_INODE,
  EXTENDED_INODE_BYTES,
  INODE_EXTENDED_BIT,
  MODE_TYPE,
  SLOT_BYTES,
  XATTR_HEADER_BYTES,
} from './on-disk.ts';

/** An inode, its fields checked one by one; what they point to is not read yet. */
export interface ErofsInode {
  readonly nid: number;
  /** Its byte address. */
  readonly offset: number;
  /** Bytes of the inode itself, without xattrs and what follows. */
  readonly inodeBytes: number;
  /** Bytes of the xattrs behind it, 0 for none. */
  readonly xattrBytes: number;
  readonly type: TreeNode['type'];
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Timestamp;
  readonly links: number;
  /** Bytes of content; of the target for a symbolic link, of entries for a directory. */
  readonly size: number;
  readonly layout: (typeof DATA_LAYOUT)[keyof typeof DATA_LAYOUT];
  /** The first block's address, a device number, or a chunk format: see `INODE_UNION_BYTES`. */
  readonly union: number;
}

const TYPES: ReadonlyMap<number, TreeNode['type']> = new Map([
  [MODE_TYPE.fifo, 'fifo'],
  [MODE_TYPE.character, 'character'],
  [MODE_TYPE.directory, 'directory'],
  [MODE_TYPE.block, 'block'],
  [MODE_TYPE.file, 'file'],
  [MODE_TYPE.symlink, 'symlink'],
  [MODE_TYPE.socket, 'socket'],
]);
const LAYOUTS: ReadonlySet<number> = new Set(Object.values(DATA_LAYOUT));
const FORMAT_BITS = INODE_EXTENDED_BIT | (DATA_LAYOUT_MASK << DATA_LAYOUT_SHIFT);
/** No file is larger, so that every offset is an exact number. */
const MAX_SIZE = BigInt(Number.MAX_SAFE_INTEGER - (1 << 30));

/** How messages name an inode. */
export function inodeName(nid: number): string {
  return `inode ${nid}`;
}

/** Reads an inode. Throws `image-corrupt` and `image-unsupported`. */
export function readInode(image: ErofsImage, nid: number): ErofsInode {
  const where = inodeName(nid);
  const offset = image.superblock.metaOffset + nid * SLOT_BYTES;
  const format = image.bytes(offset, 2, where).readUInt16LE(0);
  if ((format & ~FORMAT_BITS) !== 0) throw imageUnsupported(where, `an inode of format 0x${format.toString(16)}`);
  const layout = (format >> DATA_LAYOUT_SHIFT) & DATA_LAYOUT_MASK;
  if (!isLayout(layout)) throw imageCorrupt(where, `data layout ${layout} does not exist`, offset);

  const extended = (format & INODE_EXTENDED_BIT) !== 0;
  const inodeBytes = extended ? EXTENDED_INODE_BYTES : COMPACT_INODE_BYTES;
  const bytes = image.bytes(offset, inodeBytes, where);
  const modeField = bytes.readUInt16LE(COMPACT_INODE.mode);
  const type = TYPES.get(modeField & MODE_TYPE.mask);
  if (type === undefined) {
    throw imageCorrupt(where, `mode ${modeField.toString(8)} has no type of file`, offset + COMPACT_INODE.mode);
  }
  const size = extended ? bytes.readBigUInt64LE(EXTENDED_INODE.size) : BigInt(bytes.readUInt32LE(COMPACT_INODE.size));
  if (size > MAX_SIZE) throw imageCorrupt(where, `a size of ${size} bytes`, offset + EXTENDED_INODE.size);
  const xattrCount = bytes.readUInt16LE(COMPACT_INODE.xattrCount);
  const common = {
    nid,
    offset,
    inodeBytes,
    xattrBytes: xattrCount === 0 ? 0 : XATTR_HEADER_BYTES + (xattrCount - 1) * 4,
    type,
    mode: modeField & ~MODE_TYPE.mask,
    size: Number(size),
    layout,
    union: bytes.readUInt32LE(COMPACT_INODE.union),
  };
  if (!extended) {
    return {
      ...common,
      uid: bytes.readUInt16LE(COMPACT_INODE.uid),
      gid: bytes.readUInt16LE(COMPACT_INODE.gid),
      mtime: image.superblock.buildTime,
      links: bytes.readUInt16LE(COMPACT_INODE.links),
    };
  }
  const nanoseconds = bytes.readUInt32LE(EXTENDED_INODE.mtimeNanoseconds);
  if (nanoseconds >= 1e9) {
    throw imageCorrupt(where, 'nanoseconds of a second or more', offset + EXTENDED_INODE.mtimeNanoseconds);
  }
  return {
    ...common,
    uid: bytes.readUInt32LE(EXTENDED_INODE.uid),
    gid: bytes.readUInt32LE(EXTENDED_INODE.gid),
    mtime: { seconds: bytes.readBigInt64LE(EXTENDED_INODE.mtime), nanoseconds },
    links: bytes.readUInt32LE(EXTENDED_INODE.links),
  };
}

/** The byte behind an inode and its xattrs: where its inline tail, chunk map or cluster index begins (before alignment). */
export function bodyEnd(inode: ErofsInode): number {
  return inode.offset + inode.inodeBytes + inode.xattrBytes;
}

function isLayout(layout: number): layout is ErofsInode['layout'] {
  return LAYOUTS.has(layout);
}
