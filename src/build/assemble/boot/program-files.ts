import { neededLibraries } from '../../../formats/elf/needed-libraries.ts';
import { AshlarError } from '../../../model/error.ts';
import type { DirectoryNode } from '../../../model/tree.ts';
import type { ReadContent } from '../../../store/read-content.ts';
import { lookUp } from '../../compose/look-up.ts';

/** Where Debian keeps libraries, by architecture, and nothing else is looked at: there is no ld.so.conf in an initrd. */
const LIBRARY_DIRECTORIES = {
  amd64: ['usr/lib/x86_64-linux-gnu', 'usr/lib'],
  arm64: ['usr/lib/aarch64-linux-gnu', 'usr/lib'],
} as const;
/** More than any program of the initrd could honestly want. */
const MAX_FILES = 200;

/**
 * The files that the programs at `paths` of the tree need to run: themselves, their dynamic loader and all libraries, by the path
 * that the loader looks at. Throws `boot-file-missing` when the tree lacks one.
 */
export function programFiles(
  tree: DirectoryNode,
  paths: readonly string[],
  architecture: keyof typeof LIBRARY_DIRECTORIES,
  readContent: ReadContent,
): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const left = [...paths];
  for (let path = left.shift(); path !== undefined; path = left.shift()) {
    if (files.has(path)) continue;
    if (files.size >= MAX_FILES) throw missing(path, 'its programs want too many libraries');
    const bytes = fileAt(tree, path, readContent);
    files.set(path, bytes);
    const { interpreter, libraries } = neededLibraries(bytes);
    if (interpreter !== undefined) left.push(interpreter.replace(/^\/+/, ''));
    for (const library of libraries) left.push(libraryPath(tree, library, LIBRARY_DIRECTORIES[architecture]));
  }
  return files;
}

/** The bytes of the file at `path` of the tree, links followed. Throws `boot-file-missing`. */
export function fileAt(tree: DirectoryNode, path: string, readContent: ReadContent): Buffer {
  const node = lookUp(tree, path);
  if (node?.type !== 'file') throw missing(path, 'the system does not have it');
  return readContent(node.content);
}

function libraryPath(tree: DirectoryNode, library: string, directories: readonly string[]): string {
  const directory = library.includes('/')
    ? undefined
    : directories.find((candidate) => lookUp(tree, `${candidate}/${library}`)?.type === 'file');
  if (directory === undefined) throw missing(library, 'no library directory of the system has it');
  return `${directory}/${library}`;
}

function missing(path: string, why: string): AshlarError {
  return new AshlarError('boot-file-missing', `The boot image needs ${path}: ${why}.`, {
    hint: 'Is a package excluded that booting needs? `ashlar lock` lists what every system has.',
  });
}
