/** A run of bytes of a file. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** Bytes of a file and where they begin in it. */
export interface RangeBytes {
  readonly offset: number;
  readonly bytes: Buffer;
}

/**
 * Reads a repository: a tree of static files, wherever it lies. Nothing that it gives is trusted: who reads knows the size and the
 * hash from signed metadata, or checks each block.
 *
 * Both methods throw `repository-unreachable` when the place cannot be reached or does not answer in time, `repository-corrupt` when the answer is not
 * one to the question, `interrupted` when `signal` is aborted.
 */
export interface RepositoryReader {
  /**
   * The file at `path` (see {@link checkRepositoryPath}), or undefined when the repository does not have it. Throws
   * `repository-file-too-long` as soon as more than `maxBytes` would come: an endless file costs no more than that (TUF 5.3.3 “endless data attack”).
   */
  read(
    path: string,
    options: { readonly maxBytes: number; readonly signal?: AbortSignal },
  ): Promise<Buffer | undefined>;
  /**
   * The bytes of `ranges` (ascending, apart from each other) in order, in pieces of at most {@link MAX_PIECE_BYTES}: each piece follows the one
   * before, and none crosses the end of its range. Goes on by itself where a connection broke. Throws `repository-incomplete` when the file is not
   * there or ends before a range does.
   */
  readRanges(
    path: string,
    ranges: readonly ByteRange[],
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterable<RangeBytes>;
  /** The place, for messages: never with a password. */
  describe(): string;
}

/** No piece that {@link RepositoryReader.readRanges} gives is larger. */
export const MAX_PIECE_BYTES = 1 << 20;
