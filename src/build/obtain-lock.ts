import { AshlarError } from '../model/error.ts';
import type { Lock } from '../model/lock.ts';
import type { Progress } from '../model/progress.ts';
import type { Evaluated } from './evaluate/evaluate-definition.ts';
import { lockPath, readLockFile, writeLockFile } from './lock-file.ts';
import { assertLockFits } from './resolve/lock-fits.ts';
import { resolveLock } from './resolve/resolve-lock.ts';

export interface ObtainLockOptions {
  /** True where a build must not change its inputs: a missing lock is an error, and so is one that lacks ids. */
  readonly frozen: boolean;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The lock beside the definition, made when there is none. Throws `lock-outdated` when the definition asks for something else than
 * was locked, `lock-missing` when there is none and `frozen` forbids to make it.
 */
export async function obtainLock({ definition, directory }: Evaluated, options: ObtainLockOptions): Promise<Lock> {
  const path = lockPath(directory);
  const found = readLockFile(path);
  if (found !== undefined) {
    assertLockFits(definition, found);
    return found;
  }
  if (options.frozen) {
    throw new AshlarError('lock-missing', `There is no ${path}, and --frozen forbids to make it.`, {
      hint: 'Run `ashlar lock` and commit the file with the definition.',
    });
  }
  options.progress.note(`There is no lock yet: resolving the packages and writing ${path}.`);
  // Not all of the options: what a build calls `previous` is the directory of a release.
  const made = await resolveLock(definition, { progress: options.progress, signal: options.signal });
  writeLockFile(path, made);
  return made;
}
