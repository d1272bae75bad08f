import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Lock, lockText, parseLock } from '../../model/lock.ts';

/** The name of the lock beside a definition. */
export const LOCK_FILE = 'ashlar.lock';

/** The lock in `directory`, or undefined when there is none. Throws `lock-invalid`. */
export function readLock(directory: string): Lock | undefined {
  const path = join(directory, LOCK_FILE);
  try {
    return parseLock(readFileSync(path), path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes the lock in `directory`, old or new and never between: aside, to the disk, then renamed. Returns its path. */
export function writeLock(directory: string, lock: Lock): string {
  const path = join(directory, LOCK_FILE);
  const aside = `${path}.${process.pid}.tmp`;
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
  return path;
}
