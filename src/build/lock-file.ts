import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lock, lockText, parseLock } from '../model/lock.ts';
import { draftFile } from './file-draft.ts';
import { usingPath } from './using-path.ts';

/** The lock lies beside the definition, under version control with it. */
export function lockPath(definitionDirectory: string): string {
  return join(definitionDirectory, 'ashlar.lock');
}

/** The lock at `path`, or undefined when there is none. Throws `lock-invalid`, `path-unusable`. */
export function readLockFile(path: string): Lock | undefined {
  return usingPath(path, () => {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    return parseLock(readFileSync(path), path);
  });
}

/** Writes the lock to `path` in one step: whoever reads sees the old one or the new one. Throws `disk-full`, `path-unusable`. */
export function writeLockFile(path: string, lock: Lock): void {
  const draft = draftFile(path);
  try {
    usingPath(path, () => writeFileSync(draft.path, lockText(lock), { flag: 'wx', mode: 0o644, flush: true }));
    draft.publish();
  } finally {
    draft.discard();
  }
}
