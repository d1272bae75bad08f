import { type CompressedPiece, compressedPieces } from './compressed-pieces.ts';
import { decodePiece } from './decode-piece.ts';
import type { ErofsImage } from './erofs-image.ts';
import { imageCorrupt } from './image-error.ts';
import { DATA_LAYOUT } from './on-disk.ts';
import { flatRanges } from './read-flat.ts';
import { inodeName, readInode } from './read-inode.ts';

/** A packed inode that is not compressed is read in pieces of this size. */
const FLAT_PIECE_BYTES = 65_536;

/** Where the bytes of the packed inode are: read once for an image. */
export interface PackedContent {
  readonly size: number;
  readonly pieces: readonly CompressedPiece[];
  /** The piece that was decoded last: the next fragment is often in it as well. */
  recent: { readonly piece: CompressedPiece; readonly bytes: Buffer } | undefined;
}

/**
 * Yields `length` bytes from `offset` on of the packed inode, where the tails of many files lie together. `where` names the file.
 * Throws `image-corrupt` when they are not there.
 */
export function* readFragment(image: ErofsImage, offset: number, length: number, where: string): Generator<Buffer> {
  const packed = packedContent(image, where);
  if (length > packed.size - offset) throw imageCorrupt(where, 'its fragment leaves the packed inode', offset);
  const end = offset + length;
  for (let at = pieceAt(packed.pieces, offset); at < packed.pieces.length; at++) {
    const piece = packed.pieces[at]!;
    if (piece.start >= end) break;
    const bytes = decoded(image, packed, piece, where);
    yield bytes.subarray(Math.max(0, offset - piece.start), Math.min(bytes.length, end - piece.start));
  }
}

/** The packed inode's content, opened when it is first needed. Throws `image-corrupt` when the image has none. */
export function packedContent(image: ErofsImage, where: string): PackedContent {
  image.cache.packed ??= openPacked(image, where);
  return image.cache.packed;
}

function openPacked(image: ErofsImage, where: string): PackedContent {
  const { packedNid } = image.superblock;
  if (packedNid === 0) throw imageCorrupt(where, 'it has a fragment, and the image no packed inode', 0);
  const inode = readInode(image, packedNid);
  if (inode.type !== 'file') throw imageCorrupt(inodeName(packedNid), 'the packed inode is no file', inode.offset);
  if (inode.layout === DATA_LAYOUT.compressedCompact || inode.layout === DATA_LAYOUT.compressedFull) {
    return { size: inode.size, pieces: [...compressedPieces(image, inode)], recent: undefined };
  }
  const pieces: CompressedPiece[] = [];
  let start = 0;
  for (const range of flatRanges(image, inode)) {
    for (let at = 0; at < range.size; at += FLAT_PIECE_BYTES) {
      const size = Math.min(FLAT_PIECE_BYTES, range.size - at);
      const source = { kind: 'stored', offset: range.offset + at, size, coding: 'plain', partial: false } as const;
      pieces.push({ start, length: size, source });
      start += size;
    }
  }
  return { size: inode.size, pieces, recent: undefined };
}

/** The index of the piece that holds `offset`; pieces have no gaps between them. */
function pieceAt(pieces: readonly CompressedPiece[], offset: number): number {
  let low = 0;
  let high = pieces.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (pieces[middle]!.start <= offset) low = middle;
    else high = middle;
  }
  return low;
}

function decoded(image: ErofsImage, packed: PackedContent, piece: CompressedPiece, where: string): Buffer {
  if (packed.recent?.piece === piece) return packed.recent.bytes;
  if (piece.source.kind === 'fragment') throw imageCorrupt(where, 'the packed inode has a fragment itself', 0);
  const bytes = decodePiece(image, piece.source, piece.start, piece.length, where);
  packed.recent = { piece, bytes };
  return bytes;
}
