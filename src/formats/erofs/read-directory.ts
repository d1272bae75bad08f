import { type ByteString, byteString, display } from '../../model/byte-string.ts';
import type { ErofsImage } from './erofs-image.ts';
import { imageCorrupt, imageUnsupported } from './image-error.ts';
import { DATA_LAYOUT, DIRENT, DIRENT_BYTES, NAME_MAX_BYTES } from './on-disk.ts';
import { flatRanges } from './read-flat.ts';
import { type ErofsInode, inodeName } from './read-inode.ts';

/** One name in a directory. */
export interface ErofsEntry {
  readonly name: ByteString;
  readonly nid: number;
  /** The type as the directory has it: one of `DIRENT_TYPE`, or another number in a bad image. The inode's own decides. */
  readonly type: number;
}

/** Beyond this an inode's byte address is no exact number (and no image is that large). */
const MAX_NID = 1n << 47n;

/**
 * The entries of a directory in their order, `.` and `..` among them, block by block. The order (bytes, strictly ascending over
 * the whole directory) is checked because the kernel searches by it: an entry out of order could be seen by one and not by
 * another. Throws `image-corrupt`, `image-unsupported`.
 */
export function* readDirectory(image: ErofsImage, directory: ErofsInode): Generator<ErofsEntry> {
  const where = inodeName(directory.nid);
  if (directory.layout !== DATA_LAYOUT.flatPlain && directory.layout !== DATA_LAYOUT.flatInline) {
    throw imageUnsupported(where, 'a directory that is compressed or in chunks');
  }
  const { blockBytes } = image.superblock;
  let former: ByteString | undefined;
  for (const range of flatRanges(image, directory)) {
    for (let at = 0; at < range.size; at += blockBytes) {
      const offset = range.offset + at;
      const block = image.bytes(offset, Math.min(blockBytes, range.size - at), where);
      for (const entry of readDirectoryBlock(block, offset, where)) {
        if (former !== undefined && entry.name <= former) {
          throw imageCorrupt(where, `its entries are not in order at ${display(entry.name)}`, offset);
        }
        former = entry.name;
        yield entry;
      }
    }
  }
}

function* readDirectoryBlock(block: Buffer, offset: number, where: string): Generator<ErofsEntry> {
  const namesAt = block.length < DIRENT_BYTES ? 0 : block.readUInt16LE(DIRENT.nameOffset);
  if (namesAt < DIRENT_BYTES || namesAt % DIRENT_BYTES !== 0 || namesAt >= block.length) {
    throw imageCorrupt(where, 'a directory block has no valid number of entries', offset);
  }
  const count = namesAt / DIRENT_BYTES;
  let nameAt = namesAt;
  for (let index = 0; index < count; index++) {
    const at = index * DIRENT_BYTES;
    const last = index === count - 1;
    // Names follow one another; the last one ends with the block or at a zero.
    const next = last ? block.length : block.readUInt16LE(at + DIRENT_BYTES + DIRENT.nameOffset);
    if (next <= nameAt || next > block.length) {
      throw imageCorrupt(where, 'a name lies outside of its directory block', offset + at);
    }
    const zero = last ? block.indexOf(0, nameAt) : -1;
    const name = byteString(block.subarray(nameAt, zero < 0 ? next : zero));
    if (name.length === 0 || name.length > NAME_MAX_BYTES || name.includes('/') || name.includes('\0')) {
      throw imageCorrupt(where, `${JSON.stringify(display(name))} is not a valid name`, offset + nameAt);
    }
    const nid = block.readBigUInt64LE(at + DIRENT.nid);
    if (nid > MAX_NID) throw imageCorrupt(where, `it refers to inode ${nid}`, offset + at);
    yield { name, nid: Number(nid), type: block.readUInt8(at + DIRENT.type) };
    nameAt = next;
  }
}
