import type { RepositoryReader } from './repository-reader.ts';

/** A file of a repository, as {@link RepositoryWriter.list} tells of it. */
export interface RepositoryFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly modified: Date;
}

/** The content of a new file: at once, or in pieces. */
export type NewContent = Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Writes a repository. A file appears under its name whole or not at all, and is on the disk when the call returns: so files written in the order
 * “content, then what names it” leave every reader with the old state or the new one, whatever is cut when.
 */
export interface RepositoryWriter extends RepositoryReader {
  /** Writes the file at `path` unless it is there already: then false, and what is there stays. Throws `disk-full`, `repository-not-writable`. */
  create(path: string, content: NewContent): Promise<boolean>;
  /** The size in bytes of the file at `path`, or undefined when it is not there. */
  sizeOf(path: string): Promise<number | undefined>;
  /** Puts `bytes` in the place of what is at `path`, or of nothing. A reader sees the one or the other. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  /** Removes the file at `path`, should it be there. */
  remove(path: string): Promise<void>;
  /** Every file below the folder `prefix` (`objects`, `metadata`), or all files for an empty string; no order is promised. */
  list(prefix: string): AsyncIterable<RepositoryFile>;
  /** Takes the right to write, of which there is one. Throws `repository-locked` when another has it. `owner` tells people who it is. */
  lock(owner: string): Promise<Lease>;
}

/** The right to write a repository, for a time. */
export interface Lease {
  /** Throws `repository-locked` unless the lease is still held; prolongs it. To be called before each step that others can see. */
  renew(): Promise<void>;
  /** Gives the right back. A disk that cannot take it is no error: the right ends by itself. */
  release(): Promise<void>;
}
