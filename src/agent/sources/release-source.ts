import { AshlarError } from '../../model/error.ts';
import type { RepositoryReader } from '../../store/transport/repository-reader.ts';
import type { Device } from '../device/device.ts';
import { readMedium } from './medium.ts';
import { orderedReader } from './ordered-reader.ts';

/**
 * Where the files of a release may come from: the medium that was named by hand, then the repositories of the definition. Throws
 * `repository-unreachable` when none can be opened.
 */
export function releaseSource({
  paths,
  config,
  openSource,
}: Pick<Device, 'paths' | 'config' | 'openSource'>): RepositoryReader {
  const medium = readMedium(paths.medium);
  const places = medium === undefined ? config.repositories : [medium, ...config.repositories];
  const readers: RepositoryReader[] = [];
  let problem: unknown;
  for (const place of places) {
    try {
      readers.push(openSource(place));
    } catch (error) {
      problem ??= error; // a stick that was pulled out
    }
  }
  const [first, ...others] = readers;
  if (first !== undefined) return orderedReader([first, ...others]);
  throw (
    problem ??
    new AshlarError('repository-unreachable', 'This system has no repository, and none was named.', {
      hint: 'Name a directory with a repository: ashlar update --from /media/stick',
    })
  );
}
