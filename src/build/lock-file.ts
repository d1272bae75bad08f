import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Lock, lockText, parseLock } from '../model/lock.ts';
import { writing } from '../store/disk-full.ts';

/** The lock lies beside the definition, under version control with it. */
export function lockPath(definitionDirectory: string): string {
  return join(definitionDirectory, 'ashlar.lock');
}

/** The lock at `path`, or undefined when there is none. Throws `lock-invalid`. */
export function readLockFile(path: string): Lock | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return parseLock(bytes, path);
}

/** Writes the lock to `path` in one step: whoever reads sees the old one or the new one. Throws `disk-full`. */
export function writeLockFile(path: string, lock: Lock): void {
  const aside = `${path}.${process.pid}.new`;
  writing(path, () => {
    try {
      const file = openSync(aside, 'w', 0o644);
      try {
        writeSync(file, lockText(lock));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(aside, path);
    } catch (error) {
      rmSync(aside, { force: true });
      throw error;
    }
  });
}
