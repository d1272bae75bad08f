import { compressedPieces } from './compressed-pieces.ts';
import { decodePiece } from './decode-piece.ts';
import type { ErofsImage } from './erofs-image.ts';
import { imageCorrupt } from './image-error.ts';
import { DATA_LAYOUT } from './on-disk.ts';
import { chunkRanges } from './read-chunks.ts';
import { flatRanges } from './read-flat.ts';
import { readFragment } from './read-fragment.ts';
import { type ErofsInode, inodeName } from './read-inode.ts';

/** The next bytes of a file: data, or a hole that reads as zeros. */
export type ContentPiece =
  | { readonly kind: 'data'; readonly bytes: Buffer }
  | { readonly kind: 'hole'; readonly size: number };

/** Plain data is given in pieces of this size at most. */
const READ_BYTES = 1 << 20;

/**
 * A regular file's content in order; the pieces add up to its size. Holds one piece at a time (12 MiB at most). Throws
 * `image-corrupt`, `image-unsupported`.
 */
export function* readContent(image: ErofsImage, inode: ErofsInode): Generator<ContentPiece> {
  const where = inodeName(inode.nid);
  if (inode.type !== 'file') throw imageCorrupt(where, `it is a ${inode.type}, not a file`, inode.offset);
  switch (inode.layout) {
    case DATA_LAYOUT.flatPlain:
    case DATA_LAYOUT.flatInline:
      for (const range of flatRanges(image, inode)) yield* rangeContent(image, range.offset, range.size, where);
      return;
    case DATA_LAYOUT.chunkBased:
      for (const range of chunkRanges(image, inode)) {
        if (range.offset === undefined) yield { kind: 'hole', size: range.size };
        else yield* rangeContent(image, range.offset, range.size, where);
      }
      return;
    case DATA_LAYOUT.compressedFull:
    case DATA_LAYOUT.compressedCompact:
      for (const { start, length, source } of compressedPieces(image, inode)) {
        if (source.kind === 'stored') yield { kind: 'data', bytes: decodePiece(image, source, start, length, where) };
        else for (const bytes of readFragment(image, source.offset, length, where)) yield { kind: 'data', bytes };
      }
  }
}

function* rangeContent(image: ErofsImage, offset: number, size: number, where: string): Generator<ContentPiece> {
  for (let at = 0; at < size; at += READ_BYTES) {
    yield { kind: 'data', bytes: image.bytes(offset + at, Math.min(READ_BYTES, size - at), where) };
  }
}
