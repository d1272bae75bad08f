import { type ClusterHead, openClusterIndex } from './cluster-index.ts';
import type { ErofsImage } from './erofs-image.ts';
import { imageCorrupt } from './image-error.ts';
import { type MapHeader, readMapHeader } from './map-header.ts';
import {
  COMPRESSED_BLOCKS_BIT,
  DATA_LAYOUT,
  MAP_ADVISE,
  PCLUSTER_MAX_BYTES,
  PCLUSTER_MAX_DECODED_BYTES,
} from './on-disk.ts';
import { type ErofsInode, inodeName } from './read-inode.ts';

/** A piece of a compressed file: `length` bytes from `start` on. */
export interface CompressedPiece {
  readonly start: number;
  readonly length: number;
  readonly source: PieceSource;
}

/** Where a piece's bytes are: in the image, or in the packed inode that tails share. */
export type PieceSource = StoredPiece | { readonly kind: 'fragment'; readonly offset: number };

export interface StoredPiece {
  readonly kind: 'stored';
  /** The byte address in the image, and the bytes there. */
  readonly offset: number;
  readonly size: number;
  readonly coding: PieceCoding;
  /** What is stored decodes to more than this piece, which is its beginning (deduplication). */
  readonly partial: boolean;
}

/** By an algorithm's number, or as it is; interlaced: what precedes the first block border comes last. */
export type PieceCoding = { readonly algorithm: number } | 'plain' | 'interlaced';

/** A distance back to the head that is longer is written as this. */
const MAX_DISTANCE = COMPRESSED_BLOCKS_BIT - 1;

interface Head {
  readonly cluster: ClusterHead;
  readonly number: number;
  readonly start: number;
  blocks: number;
}

/**
 * The pieces of a compressed file in order and without gaps. The cluster index is read once from its start to its end and must
 * lie in the image: whatever its entries say, the work is bounded by its size. Throws `image-corrupt`, `image-unsupported`.
 */
export function* compressedPieces(image: ErofsImage, inode: ErofsInode): Generator<CompressedPiece> {
  if (inode.size === 0) return;
  const where = inodeName(inode.nid);
  const header = readMapHeader(image, inode);
  if (header.kind === 'fragment') {
    yield { start: 0, length: inode.size, source: { kind: 'fragment', offset: header.offset } };
    return;
  }
  const { blockBytes } = image.superblock;
  const index = openClusterIndex(image, inode, header);
  let head: Head | undefined;
  let number = 0;
  for (const cluster of index.clusters) {
    if (cluster.kind === 'inside') {
      const distance = number - (head?.number ?? number);
      const { toHead, blocks } = cluster;
      const fits = toHead === undefined || toHead === distance || (toHead >= MAX_DISTANCE && toHead < distance);
      if (head === undefined || !fits) throw imageCorrupt(where, `cluster ${number} has no head`, index.end);
      if (blocks !== undefined) head.blocks = blocks;
    } else {
      const start = number * blockBytes + cluster.offset;
      if (cluster.offset >= blockBytes) throw imageCorrupt(where, `cluster ${number} begins behind its end`, index.end);
      // A head at or behind the end of the file only marks where the last piece ends.
      if (start >= inode.size) break;
      if (head === undefined ? start !== 0 : start <= head.start) {
        throw imageCorrupt(where, `the piece in cluster ${number} leaves a gap`, index.end);
      }
      if (head !== undefined) yield pieceOf(image, inode, header, head, start - head.start);
      head = { cluster, number, start, blocks: 1 };
    }
    number += 1;
  }
  if (head === undefined) throw imageCorrupt(where, 'its cluster index has no head', index.end);
  const length = inode.size - head.start;
  if ((header.advise & MAP_ADVISE.fragmentPcluster) !== 0) {
    // In a full index the block address of the last head is the upper half of the offset.
    const upper = inode.layout === DATA_LAYOUT.compressedFull ? head.cluster.block * 2 ** 32 : 0;
    yield { start: head.start, length, source: { kind: 'fragment', offset: header.fragmentOffset + upper } };
  } else if ((header.advise & MAP_ADVISE.inlinePcluster) !== 0) {
    if ((index.end % blockBytes) + header.inlineBytes > blockBytes) {
      throw imageCorrupt(where, 'its inline piece crosses a block', index.end);
    }
    yield pieceOf(image, inode, header, head, length, { offset: index.end, size: header.inlineBytes });
  } else {
    yield pieceOf(image, inode, header, head, length);
  }
}

function pieceOf(
  image: ErofsImage,
  inode: ErofsInode,
  header: MapHeader & { kind: 'index' },
  { cluster, start, blocks }: Head,
  length: number,
  inline?: { offset: number; size: number },
): CompressedPiece {
  const where = inodeName(inode.nid);
  const { blockBytes } = image.superblock;
  const { offset, size } = inline ?? { offset: cluster.block * blockBytes, size: blocks * blockBytes };
  if (size === 0 || size > PCLUSTER_MAX_BYTES) throw imageCorrupt(where, `a piece of ${size} stored bytes`, offset);
  if (length > PCLUSTER_MAX_DECODED_BYTES) throw imageCorrupt(where, `a piece of ${length} bytes`, offset);
  if (size > image.size - offset) throw imageCorrupt(where, 'its data leaves the image', offset);
  let coding: PieceCoding;
  if (cluster.type === 'plain') {
    if (length > size) throw imageCorrupt(where, `${length} bytes stored plain in ${size}`, offset);
    coding = (header.advise & MAP_ADVISE.interlacedPcluster) === 0 ? 'plain' : 'interlaced';
  } else {
    const algorithm = header.algorithms[cluster.type === 'head1' ? 0 : 1];
    if ((image.superblock.algorithms & (1 << algorithm)) === 0) {
      throw imageCorrupt(where, `algorithm ${algorithm} is not among those of the superblock`, inode.offset);
    }
    coding = { algorithm };
  }
  return { start, length, source: { kind: 'stored', offset, size, coding, partial: cluster.partial } };
}
