import { AshlarError } from '../model/error.ts';

/** What the system says of a path that a person named wrongly, or may not use. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EEXIST: 'something else is there',
  EISDIR: 'it is a directory',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'there is no such file or directory',
  ENOTDIR: 'a part of it is not a directory',
  EPERM: 'it is not permitted',
  EROFS: 'the file system is read-only',
};
const NO_SPACE = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Runs `work`, which uses the `path` that a person named: when the system refuses, that is their `path-unusable`, not a defect, and
 * `disk-full` when there is no space or quota left.
 */
export function usingPath<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw pathError(path, error);
  }
}

/** The AshlarError for what the system says of `path`, or `error` itself when it is of another kind. */
export function pathError(path: string, error: unknown): unknown {
  if (error instanceof AshlarError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (NO_SPACE.has(code)) {
    return new AshlarError('disk-full', `No space is left on the disk that holds ${path}.`, {
      hint: 'Free some space, or name a place on a larger disk, and run the command again: what was there before is as it was.',
      cause: error,
    });
  }
  const reason = REASONS[code];
  if (reason === undefined) return error;
  return new AshlarError('path-unusable', `${path} cannot be used: ${reason}.`, {
    hint: 'Name another path, or make this one usable for you.',
    cause: error,
  });
}
