import { AshlarError } from '../../model/error.ts';
import { exactBytes } from '../../model/format-bytes.ts';

/** The file at `path` is not what it should be. `why` ends the sentence, e.g. `its SHA-256 is …`. */
export function corruptFile(place: string, path: string, why: string, cause?: unknown): AshlarError {
  return new AshlarError('repository-corrupt', `${path} of the repository ${place} cannot be used: ${why}.`, {
    hint: 'Try again later or from another network; if it stays, tell who runs the repository.',
    cause,
  });
}

/** The file at `path` is not there, or ends too early. */
export function incompleteFile(place: string, path: string, why: string): AshlarError {
  return new AshlarError('repository-incomplete', `${path} of the repository ${place} is incomplete: ${why}.`, {
    hint: 'Publish the release again: what is there already is not sent again.',
  });
}

/** The file at `path` is longer than the `maxBytes` that it may have. */
export function tooLongFile(place: string, path: string, maxBytes: number): AshlarError {
  return new AshlarError(
    'repository-file-too-long',
    `${path} of the repository ${place} is longer than ${exactBytes(maxBytes)}, which is the most that it may have.`,
    { hint: 'Tell who runs the repository: a damaged or hostile server answers so.' },
  );
}
