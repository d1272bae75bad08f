/** A file or directory of the EFI system partition. */
export interface EspEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
  /** In bytes; 0 for a directory. */
  readonly size: number;
}

/** The bytes of a file in order, in pieces of any size. */
export type EspContent = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * The mounted EFI system partition. Paths are relative to it, with slashes. Of what is done between two calls of {@link sync} any part
 * may be lost by a power cut, in any order, a rename's two halves included: FAT has no journal (Linux, fs/fat/namei_vfat.c,
 * `vfat_rename`, adds the new name, which points to nothing yet, moves the file to it and deletes the old name).
 */
export interface EspFolder {
  /** Empty when the directory is not there. */
  list(directory: string): readonly EspEntry[];
  /** Undefined when the file is not there or has more than `limit` bytes. */
  read(path: string, limit: number): Buffer | undefined;
  /** Makes the file; one that is there is replaced. The directory must be there. Throws `esp-too-small`, `esp-unusable`. */
  write(path: string, content: EspContent): Promise<void>;
  /** Cuts the file to nothing. */
  empty(path: string): void;
  /** Nothing may have the name `to`. */
  rename(from: string, to: string): void;
  /** Nothing happens when it is not there. */
  remove(path: string): void;
  /** Waits until all of this is on the disk. */
  sync(): void;
  /** Bytes that new files can have, in whole clusters. */
  free(): number;
  /** False when it is mounted read-only, as Linux does when it finds an error in a FAT volume. */
  writable(): boolean;
  /** Runs `work` while the partition is not mounted. Throws `esp-unusable` when somebody holds it. */
  offline(work: () => void): Promise<void>;
}
