import { AshlarError } from '../model/error.ts';

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT']);
const NOT_ALLOWED = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ELOOP', 'ENAMETOOLONG']);

/**
 * Runs `write`, which writes under `directory`, and turns what the system says when it cannot into what a person can act on:
 * `disk-full` when there is no space or quota left, `store-not-writable` when writing is not allowed, or a file lies where a directory should. Other errors pass through.
 */
export function writing<Result>(directory: string, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    throw writeError(directory, error);
  }
}

/** The AshlarError for a failed write under `directory`, or `error` itself when it is of another kind. */
export function writeError(directory: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (NO_SPACE.has(code)) return diskFull(directory, error);
  if (NOT_ALLOWED.has(code)) {
    return new AshlarError('store-not-writable', `The store ${directory} cannot be written (${code}).`, {
      hint: 'Make it a directory that is writable for you, or set ASHLAR_STORE to one that is.',
      cause: error,
    });
  }
  return error;
}

/** No space is left where `directory` lies. */
export function diskFull(directory: string, cause?: unknown): AshlarError {
  return new AshlarError('disk-full', `No space is left on the disk that holds ${directory}.`, {
    hint: 'Free some space, or set ASHLAR_STORE to a directory on a larger disk, and run the command again: it goes on where it stopped.',
    cause,
  });
}
