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

/** Runs `work`, which uses the `path` that a person named: when the system refuses, that is their `path-unusable`, not a defect. */
export function usingPath<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reason = REASONS[code];
    if (error instanceof AshlarError || reason === undefined) throw error;
    throw new AshlarError('path-unusable', `${path} cannot be used: ${reason}.`, {
      hint: 'Name another path, or make this one usable for you.',
      cause: error,
    });
  }
}
