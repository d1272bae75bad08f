import { openClusterIndex } from './cluster-index.ts';
import type { ErofsImage } from './erofs-image.ts';
import { readMapHeader } from './map-header.ts';
import { CHUNK_ADDRESS_BYTES, CHUNK_FORMAT, CHUNK_INDEX, DATA_LAYOUT, MAP_HEADER_BYTES } from './on-disk.ts';
import { flatRanges } from './read-flat.ts';
import { bodyEnd, type ErofsInode } from './read-inode.ts';

/** Bytes of the image from `start` up to `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The bytes of the metadata area that an inode occupies: itself, its xattrs, and its inline tail, chunk map or cluster index with
 * the inline piece. No other inode may use them. Throws `image-corrupt`, `image-unsupported`.
 */
export function inodeFootprint(image: ErofsImage, inode: ErofsInode): ByteRange {
  return { start: inode.offset, end: footprintEnd(image, inode) };
}

function footprintEnd(image: ErofsImage, inode: ErofsInode): number {
  const body = bodyEnd(inode);
  const hasData = inode.type === 'file' || inode.type === 'directory' || inode.type === 'symlink';
  if (!hasData || inode.size === 0) return body;
  switch (inode.layout) {
    case DATA_LAYOUT.flatPlain:
      return body;
    case DATA_LAYOUT.flatInline:
      return body + (flatRanges(image, inode).at(-1)?.size ?? 0);
    case DATA_LAYOUT.chunkBased: {
      const chunkBytes = image.superblock.blockBytes * 2 ** (inode.union & CHUNK_FORMAT.blockBitsMask);
      const entryBytes = (inode.union & CHUNK_FORMAT.indexes) === 0 ? CHUNK_ADDRESS_BYTES : CHUNK_INDEX.bytes;
      return Math.ceil(body / entryBytes) * entryBytes + Math.ceil(inode.size / chunkBytes) * entryBytes;
    }
    case DATA_LAYOUT.compressedFull:
    case DATA_LAYOUT.compressedCompact: {
      const header = readMapHeader(image, inode);
      if (header.kind === 'fragment') return Math.ceil(body / MAP_HEADER_BYTES) * MAP_HEADER_BYTES + MAP_HEADER_BYTES;
      return openClusterIndex(image, inode, header).end + header.inlineBytes;
    }
  }
}
