import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { syncDirectory } from './sync-directory.ts';
import { pidNamespace, temporaryName } from './temporary-name.ts';

/**
 * Makes `bytes` the content of the file at `path`, whatever was there: whoever looks sees the old file or the new one, after a power cut
 * too. Throws what the system says.
 */
export function replaceFile(path: string, bytes: Uint8Array, mode = 0o644): void {
  const aside = join(dirname(path), `.${basename(path)}.${temporaryName('new', pidNamespace())}`);
  try {
    const file = openSync(aside, 'wx', mode);
    try {
      writeFileSync(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
  syncDirectory(dirname(path));
}
