import { contentInMemory } from '../../../formats/tar/content-in-memory.ts';
import { readTar } from '../../../formats/tar/read-tar.ts';
import { AshlarError } from '../../../model/error.ts';
import { startProgram } from '../../../store/program/run-program.ts';

/** No file that is taken from a package is larger. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/**
 * The regular files of the Debian package at `deb` that lie at one of `paths` (without a leading slash). What it does not have is left
 * out. Throws `deb-unreadable` when dpkg cannot read the package.
 */
export async function readDebFiles(
  deb: string,
  paths: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const unreadable = (cause?: unknown): AshlarError =>
    new AshlarError('deb-unreadable', `The package ${deb} cannot be unpacked.`, {
      hint: 'Run the build again: a package that is not what the lock says is fetched anew.',
      cause,
    });
  const running = startProgram(['dpkg-deb', '--fsys-tarfile', deb], { signal });
  running.stderr.resume();
  try {
    for await (const entry of readTar(running.stdout)) {
      const path = entry.path.replace(/^(\.\/)+/, '');
      if (entry.type !== 'file' || !paths.has(path)) continue;
      if (entry.size > MAX_FILE_BYTES) throw unreadable();
      const content = await contentInMemory(entry.size, entry.data);
      if (content.kind === 'bytes') files.set(path, content.bytes);
    }
    if ((await running.exit) !== 0) throw unreadable();
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof AshlarError && error.code !== 'tar-corrupt' ? error : unreadable(error);
  } finally {
    running.stop();
  }
  return files;
}
