import { AshlarError } from '../../../model/error.ts';

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const NOT_ALLOWED = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'EEXIST',
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'ELOOP',
  'ENAMETOOLONG',
]);

/**
 * Runs `write`, which writes into the repository at `place`, and turns what the system says when it cannot into what a person can act on:
 * `disk-full` or `repository-not-writable`. Other errors pass through.
 */
export async function writeRefused<Result>(place: string, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (NO_SPACE.has(code)) {
      throw new AshlarError('disk-full', `No space is left on the disk that holds the repository ${place}.`, {
        hint: 'Free some space (`ashlar repo gc` shows what the repository no longer needs), and publish again: it goes on where it stopped.',
        cause: error,
      });
    }
    if (NOT_ALLOWED.has(code)) {
      throw new AshlarError('repository-not-writable', `The repository ${place} cannot be written (${code}).`, {
        hint: 'Name a directory that is there and writable for you.',
        cause: error,
      });
    }
    throw error;
  }
}
