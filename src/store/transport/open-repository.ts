import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AshlarError } from '../../model/error.ts';
import { openDirectoryReader } from './directory/directory-reader.ts';
import { openDirectoryWriter } from './directory/directory-writer.ts';
import { type HttpReaderOptions, openHttpReader } from './http/http-reader.ts';
import type { RepositoryReader } from './repository-reader.ts';
import type { RepositoryWriter } from './repository-writer.ts';

/**
 * Opens the repository at `place`, a path, a `file:` or an `http(s):` URL, for reading. A directory must be there; whether there is a
 * repository in it, or behind the URL, shows when it is read. Throws `repository-unreachable`, `usage`.
 */
export function openRepository(place: string, options: HttpReaderOptions = {}): RepositoryReader {
  const directory = directoryOf(place);
  return directory === undefined ? openHttpReader(place, options) : openDirectoryReader(existing(directory));
}

/** Opens the repository at `place`, a path or a `file:` URL, for writing. Throws `repository-not-writable`, `repository-unreachable`. */
export function openRepositoryForWriting(place: string): RepositoryWriter {
  const directory = directoryOf(place);
  if (directory !== undefined) return openDirectoryWriter(existing(directory));
  throw new AshlarError('repository-not-writable', `The repository ${place} can only be read.`, {
    hint: 'Name the directory that the web server serves, or a copy of it that is transferred afterwards.',
  });
}

/** Undefined for URLs of other schemes. A path has no scheme: nobody names a directory `x://`. */
function directoryOf(place: string): string | undefined {
  if (place.startsWith('file:')) return fileURLToPath(place);
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(place) ? undefined : resolve(place);
}

function existing(directory: string): string {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return directory;
  throw new AshlarError('repository-unreachable', `There is no directory ${directory}.`, {
    hint: 'Name the directory of a repository; `ashlar trust init` makes one.',
  });
}
