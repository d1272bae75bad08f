import { AshlarError } from '../../model/error.ts';

/** Longer than any path of the layout: `targets/releases/` + 32 + 32 + 64 characters and a suffix. */
const MAX_PATH_CHARACTERS = 240;
/** No segment begins with a dot, so none is `.` or `..`; all characters are themselves in file names and, but for `^`, in URLs (RFC 3986 2.3). */
const PATH = /^[A-Za-z0-9][A-Za-z0-9._~^-]*(\/[A-Za-z0-9][A-Za-z0-9._~^-]*)*$/;

/**
 * `path` itself, when it can name a file of a repository: plain segments between slashes. Names come out of metadata and manifests, which an
 * attacker may have written: a path must not be able to leave the repository. Throws `path-outside-root`.
 */
export function checkRepositoryPath(path: string): string {
  if (path.length <= MAX_PATH_CHARACTERS && PATH.test(path)) return path;
  throw new AshlarError(
    'path-outside-root',
    `“${path.slice(0, MAX_PATH_CHARACTERS)}” cannot be a file of a repository.`,
    {
      hint: 'The repository names a file in a way that this format does not allow: report it to who publishes it.',
    },
  );
}
