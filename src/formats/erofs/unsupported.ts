import { AshlarError } from '../../model/error.ts';

/** The error for a tree that EROFS cannot hold: `what` names the path and says why. */
export function unsupported(what: string): AshlarError {
  return new AshlarError('tree-unsupported', what, {
    hint: 'Change or leave out that file: the image format has no place for it.',
  });
}
