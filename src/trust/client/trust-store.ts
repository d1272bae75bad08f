import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../../store/make-directory.ts';
import { replaceFile } from '../../store/replace-file.ts';
import { syncDirectory } from '../../store/sync-directory.ts';

/**
 * What a client keeps of the metadata that it has verified (TUF 5: “non-volatile storage”): `<N>.root.json` for every root since the one that it
 * began with, `root.json`, `timestamp.json`, `snapshot.json`, `targets.json` and one file for each delegated role. What is read from it is verified again:
 * it protects against going back, it is not trusted.
 */
export interface TrustStore {
  /** Undefined when there is no such file. */
  read(file: string): Buffer | undefined;
  /** The old file or the new one, after a power cut too. */
  write(file: string, bytes: Uint8Array): void;
  /** Nothing happens when there is no such file. */
  remove(file: string): void;
}

/** Nobody but root looks into it, on a device. */
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/** The store in `directory`, which is made when it is first written to. */
export function directoryTrustStore(directory: string): TrustStore {
  return {
    read(file) {
      try {
        return readFileSync(join(directory, file));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    write(file, bytes) {
      makeDirectory(directory, DIRECTORY_MODE);
      replaceFile(join(directory, file), bytes, FILE_MODE);
    },
    remove(file) {
      if (this.read(file) === undefined) return;
      rmSync(join(directory, file), { force: true });
      syncDirectory(directory);
    },
  };
}

/** A store that is forgotten with the process. */
export function memoryTrustStore(): TrustStore {
  const files = new Map<string, Buffer>();
  return {
    read: (file) => files.get(file),
    write: (file, bytes) => files.set(file, Buffer.from(bytes)),
    remove: (file) => files.delete(file),
  };
}
