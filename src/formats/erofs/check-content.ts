import { type CompressedPiece, compressedPieces } from './compressed-pieces.ts';
import { decodePiece } from './decode-piece.ts';
import type { ErofsImage } from './erofs-image.ts';
import { imageCorrupt } from './image-error.ts';
import type { ByteRange } from './inode-footprint.ts';
import { DATA_LAYOUT } from './on-disk.ts';
import { chunkRanges } from './read-chunks.ts';
import { flatRanges } from './read-flat.ts';
import { packedContent } from './read-fragment.ts';
import { bodyEnd, type ErofsInode, inodeName } from './read-inode.ts';

/** Pieces that were decoded already: shared ones are decoded once, whoever shares them. */
export type DecodedPieces = Set<string>;

/**
 * Checks that a file's content can be read: that its ranges lie in the image, and that each compressed piece decodes. Yields the
 * ranges of its data blocks. Plain data needs no reading: any bytes are right. Throws `image-corrupt`, `image-unsupported`.
 */
export function* checkContent(image: ErofsImage, inode: ErofsInode, decoded: DecodedPieces): Generator<ByteRange> {
  switch (inode.layout) {
    case DATA_LAYOUT.flatPlain:
    case DATA_LAYOUT.flatInline:
      for (const { offset, size } of flatRanges(image, inode)) {
        if (offset !== bodyEnd(inode)) yield { start: offset, end: offset + size };
      }
      return;
    case DATA_LAYOUT.chunkBased:
      for (const { offset, size } of chunkRanges(image, inode)) {
        if (offset !== undefined) yield { start: offset, end: offset + size };
      }
      return;
    case DATA_LAYOUT.compressedFull:
    case DATA_LAYOUT.compressedCompact:
      yield* checkPieces(image, inode, compressedPieces(image, inode), decoded);
  }
}

function* checkPieces(
  image: ErofsImage,
  inode: ErofsInode,
  pieces: Iterable<CompressedPiece>,
  decoded: DecodedPieces,
): Generator<ByteRange> {
  const where = inodeName(inode.nid);
  const { blockBytes } = image.superblock;
  let run: { start: number; end: number } | undefined;
  for (const { start, length, source } of pieces) {
    if (source.kind === 'fragment') {
      const packed = packedContent(image, where);
      if (length > packed.size - source.offset)
        throw imageCorrupt(where, 'its fragment leaves the packed inode', inode.offset);
      if (decoded.has('packed')) continue;
      decoded.add('packed');
      if (packed.pieces[0] !== undefined) yield* checkPieces(image, inode, packed.pieces, decoded);
      continue;
    }
    const { offset, size, coding } = source;
    if (typeof coding !== 'string') {
      const key = `${offset}:${size}:${length}:${coding.algorithm}`;
      if (!decoded.has(key)) decodePiece(image, source, start, length, where);
      decoded.add(key);
    }
    // An inline piece is a part of the inode's footprint.
    if (offset % blockBytes !== 0 || size % blockBytes !== 0) continue;
    if (run?.end === offset) run.end += size;
    else {
      if (run !== undefined) yield run;
      run = { start: offset, end: offset + size };
    }
  }
  if (run !== undefined) yield run;
}
