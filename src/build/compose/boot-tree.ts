import { contentInMemory } from '../../formats/tar/content-in-memory.ts';
import { treeFromTar } from '../../formats/tar/tree-from-tar.ts';
import { AshlarError } from '../../model/error.ts';
import type { DirectoryNode } from '../../model/tree.ts';
import { startProgram } from '../../store/program/run-program.ts';

/** The files of a package that is not installed, as it brings them. `path` is that of a `.deb`. */
export async function readBootTree(path: string, signal?: AbortSignal): Promise<DirectoryNode> {
  const running = startProgram(['dpkg-deb', '--fsys-tarfile', path], { signal });
  running.stderr.resume();
  try {
    const tree = await treeFromTar(running.stdout, contentInMemory);
    if ((await running.exit) === 0) return tree;
  } finally {
    running.stop();
  }
  throw new AshlarError('store-incomplete', `The package ${path} cannot be read.`, {
    hint: 'Remove it and run the command again: it is fetched again.',
  });
}
