import type { ErofsImage } from './erofs-image.ts';
import { imageCorrupt, imageUnsupported } from './image-error.ts';
import { CHUNK_ADDRESS_BYTES, CHUNK_FORMAT, CHUNK_INDEX, NULL_ADDRESS } from './on-disk.ts';
import { bodyEnd, type ErofsInode, inodeName } from './read-inode.ts';

/** A part of a chunked file: `size` bytes at the byte address `offset`, or a hole. */
export interface ChunkRange {
  readonly offset: number | undefined;
  readonly size: number;
}

const KNOWN_FORMAT = CHUNK_FORMAT.blockBitsMask | CHUNK_FORMAT.indexes;
/** So much of a chunk map is read at once. */
const READ_BYTES = 65_536;

/**
 * The chunks of a chunk-based file in order, neighbours joined. The map must lie in the image, which bounds the work. Throws
 * `image-corrupt`, `image-unsupported`.
 */
export function* chunkRanges(image: ErofsImage, inode: ErofsInode): Generator<ChunkRange> {
  const where = inodeName(inode.nid);
  const { blockBytes } = image.superblock;
  if ((inode.union & ~KNOWN_FORMAT) !== 0) {
    throw imageUnsupported(where, `chunk format 0x${inode.union.toString(16)}`);
  }
  const chunkBytes = blockBytes * 2 ** (inode.union & CHUNK_FORMAT.blockBitsMask);
  const withDevices = (inode.union & CHUNK_FORMAT.indexes) !== 0;
  const entryBytes = withDevices ? CHUNK_INDEX.bytes : CHUNK_ADDRESS_BYTES;
  const count = Math.ceil(inode.size / chunkBytes);
  const start = Math.ceil(bodyEnd(inode) / entryBytes) * entryBytes;
  const end = start + count * entryBytes;
  if (end > image.size) throw imageCorrupt(where, 'its chunk map leaves the image', start);

  let joined: ChunkRange | undefined;
  let left = inode.size;
  for (let at = start; at < end; at += READ_BYTES) {
    const bytes = image.bytes(at, Math.min(READ_BYTES, end - at), where);
    for (let entry = 0; entry < bytes.length; entry += entryBytes) {
      if (withDevices && bytes.readUInt16LE(entry + CHUNK_INDEX.device) !== 0) {
        throw imageUnsupported(where, 'a chunk on another device');
      }
      const block = bytes.readUInt32LE(entry + (withDevices ? CHUNK_INDEX.block : 0));
      const offset = block === NULL_ADDRESS ? undefined : block * blockBytes;
      const size = Math.min(chunkBytes, left);
      if (offset !== undefined && size > image.size - offset) {
        throw imageCorrupt(where, 'a chunk leaves the image', at + entry);
      }
      left -= size;
      const follows = joined?.offset === undefined ? offset === undefined : joined.offset + joined.size === offset;
      if (joined !== undefined && follows) joined = { offset: joined.offset, size: joined.size + size };
      else {
        if (joined !== undefined) yield joined;
        joined = { offset, size };
      }
    }
  }
  if (joined !== undefined) yield joined;
}
