/** A prefix of the input and what it was compressed to. */
export interface CutPiece {
  /** Bytes of input. */
  readonly length: number;
  readonly bytes: Buffer;
}

/** An input that was compressed whole, and can be cut. */
export interface CompressedInput {
  /** All of the input, compressed. */
  readonly bytes: Buffer;
  /** A long prefix of the input that compresses to at most `limit` bytes (fewer than `bytes` has); undefined when there is none. */
  fill(limit: number): CutPiece | undefined;
}

/** A compressor as the piece-cutting loop sees it. Pure: equal input, equal output. */
export interface Cutter {
  readonly algorithm: 'lz4' | 'zstd';
  /** Bytes of input in the longest piece; a multiple of the block size. */
  readonly maxInput: number;
  /** Compresses `input`: 1 to `maxInput` bytes. */
  compress(input: Buffer): CompressedInput;
}
