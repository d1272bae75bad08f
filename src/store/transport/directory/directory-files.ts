/** A file that is being written. Nobody looks at it before it has its name. */
export interface NewFile {
  /** Appends `bytes`. */
  write(bytes: Uint8Array): void;
  /** Waits until all of it is on the disk. */
  sync(): void;
  /** Writes the first byte again, so that the file's time of change becomes now by the file system's own clock. */
  touch(): void;
  close(): void;
}

/** A file that is open for reading. */
export interface OpenFile {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970, by the clock of the file system. */
  readonly modified: number;
  /** Up to `length` bytes from `offset` on; fewer only at the end of the file. */
  read(offset: number, length: number): Buffer;
  close(): void;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'other';
}

/**
 * What a repository in a directory asks of the file system: each method is one step between which the power can fail. Paths are relative to
 * the repository, with slashes, `''` is itself. Errors are those of the system (`EEXIST`, `ENOSPC`, …); what is not there is a value.
 */
export interface DirectoryFiles {
  /** The repository's place, for messages. */
  readonly place: string;
  /** Makes one directory; nothing when it is there. */
  makeDirectory(path: string): void;
  /** Creates a file that is not there yet. */
  create(path: string): NewFile;
  /** The regular file at `path`, or undefined when nothing is there. Throws `repository-corrupt` when it is something else. */
  open(path: string): OpenFile | undefined;
  /** What is in the directory at `path`: nothing when there is none. */
  list(path: string): readonly DirectoryEntry[];
  /** Gives the file `from` a second name, `to`, unless something has it: false then. */
  link(from: string, to: string): boolean;
  /** Gives the file `from` the name `to`, whatever had it. */
  rename(from: string, to: string): void;
  /** Removes the name `path`, should it be there. */
  remove(path: string): void;
  /** Waits until the names in the directory at `path` are on the disk. */
  syncDirectory(path: string): void;
}
