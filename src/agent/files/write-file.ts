import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectory } from '../../store/make-directory.ts';
import { syncDirectory } from '../../store/sync-directory.ts';

/** Nobody but root has business with what the agent keeps. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/**
 * Makes `bytes` the content of the file at `path`: written aside, synced, renamed, the folder synced. A power cut leaves the old content or
 * the new one. The name aside is always the same, so that what a killed agent left is replaced by the next.
 */
export function writeFile(path: string, bytes: Uint8Array | string): void {
  const aside = `${path}.new`;
  makeDirectory(dirname(path), FOLDER_MODE);
  try {
    const file = openSync(aside, 'w', FILE_MODE);
    try {
      const content = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
      for (let at = 0; at < content.length; ) at += writeSync(file, content, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}
