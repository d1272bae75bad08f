import type { Sha256 } from '../../model/digest.ts';

/**
 * One piece of a compressed file: `length` bytes of input, which lie in `blocks` blocks. A plain piece is stored as it is and
 * fills one block. 0 blocks: the piece lies behind the inode (only the last can).
 */
export interface Piece {
  readonly length: number;
  readonly blocks: number;
  readonly coding: 'compressed' | 'plain';
}

/**
 * What the layout must know of an encoded file, without its bytes. `dataBlocks` whole blocks are followed by `tailBytes` bytes
 * that lie behind the inode. Two files with equal `dataDigest` have equal blocks, cut in the same way, and share them.
 */
export type EncodedShape = {
  /** Bytes of the file. */
  readonly size: number;
  readonly dataBlocks: number;
  readonly dataDigest: Sha256;
  readonly tailBytes: number;
} & (
  | { readonly form: 'flat' }
  | { readonly form: 'compressed'; readonly algorithm: 'lz4' | 'zstd'; readonly pieces: readonly Piece[] }
);

/** A file ready to be laid into an image: its shape, its blocks and its tail. Depends on the file's bytes and the codec alone. */
export interface EncodedFile {
  readonly shape: EncodedShape;
  /** `shape.dataBlocks` blocks. */
  readonly data: Buffer;
  /** `shape.tailBytes` bytes. */
  readonly tail: Buffer;
}

/** The longest tail: behind an extended inode with the smallest cluster index it still fits one block. */
export const MAX_TAIL_BYTES = 4000;
