import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { AshlarError } from '../model/error.ts';
import { isLeftover } from '../store/sweep.ts';
import { syncDirectory } from '../store/sync-directory.ts';
import { pidNamespace, temporaryName } from '../store/temporary-name.ts';
import { usingPath } from './using-path.ts';

/** A file that is written beside the place where it will lie, under a name that nobody else uses. */
export interface FileDraft {
  /** Absolute. Nothing is there yet. */
  readonly path: string;
  /** Makes the draft, which is on the disk already, the file: whoever looks sees the old one or the new one. */
  readonly publish: () => void;
  /** Throws the draft away; nothing happens after `publish`. */
  readonly discard: () => void;
}

/**
 * Begins the file at `out`, which stays as it is until {@link FileDraft.publish}. Sweeps the drafts of it that killed processes left.
 * Throws `path-unusable` when a file cannot lie there: a device that is named would be replaced by a file, not written.
 */
export function draftFile(out: string): FileDraft {
  const target = resolve(out);
  const parent = dirname(target);
  const prefix = `.${basename(target)}.`;
  return usingPath(out, () => {
    const there = statSync(target, { throwIfNoEntry: false });
    if (there !== undefined && !there.isFile()) throw notAFile(out, there.isDirectory());
    sweep(parent, prefix);
    const path = join(parent, prefix + temporaryName('new', pidNamespace()));
    return {
      path,
      publish: () =>
        usingPath(out, () => {
          renameSync(path, target);
          syncDirectory(parent);
        }),
      discard: () => rmSync(path, { recursive: true, force: true }),
    };
  });
}

function sweep(parent: string, prefix: string): void {
  for (const name of readdirSync(parent)) {
    if (name.startsWith(prefix) && isLeftover(join(parent, name), name.slice(prefix.length))) {
      rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
}

function notAFile(path: string, isDirectory: boolean): AshlarError {
  return isDirectory
    ? new AshlarError('path-unusable', `${path} is a directory.`, { hint: 'Name the file to write.' })
    : new AshlarError('path-unusable', `${path} is a device, and not written to directly.`, {
        hint: 'Write a file, and copy that: dd if=FILE of=DEVICE bs=4M conv=fsync',
      });
}
