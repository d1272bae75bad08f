import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Waits until the names in the directory at `path` are on the disk: a renamed file is there only when its directory is. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
