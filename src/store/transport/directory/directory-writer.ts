import { dirname } from 'node:path/posix';
import { pidNamespace, temporaryName } from '../../temporary-name.ts';
import { checkRepositoryPath } from '../repository-path.ts';
import type { NewContent, RepositoryFile, RepositoryWriter } from '../repository-writer.ts';
import type { DirectoryFiles } from './directory-files.ts';
import { type LeaseHolder, takeLease, thisProcess } from './directory-lease.ts';
import { directoryReader } from './directory-reader.ts';
import { systemFiles } from './system-files.ts';
import { writeRefused } from './write-refused.ts';

/** No file of a repository begins with it: {@link checkRepositoryPath} refuses such names, so drafts are never served. */
const HIDDEN = '.';

/** Reads and writes the repository in the directory at `place`, which must be there. */
export function openDirectoryWriter(place: string): RepositoryWriter {
  return directoryWriter(systemFiles(place));
}

/**
 * Writes the repository in a directory of `files`. Each file is written under a hidden name beside its own, synced, named, and its directory
 * synced: the disk may order what is not synced as it likes, and what a publisher that was killed left unsynced is synced before it is built on.
 */
export function directoryWriter(files: DirectoryFiles, holder: LeaseHolder = thisProcess()): RepositoryWriter {
  /** Directories whose names, as they were when this process first came by, are on the disk. */
  const settled = new Set<string>();

  const settle = (directory: string): void => {
    if (settled.has(directory)) return;
    if (directory !== '') {
      const parent = parentOf(directory);
      settle(parent);
      files.makeDirectory(directory);
      files.syncDirectory(parent);
    }
    files.syncDirectory(directory);
    settled.add(directory);
  };

  const sizeOf = (path: string): number | undefined => {
    const file = files.open(path);
    file?.close();
    return file?.size;
  };

  const sweepDrafts = (directory: string): void => {
    const entries = files.list(directory);
    for (const { name, kind } of entries) {
      if (kind === 'file' && directory !== '' && name.startsWith(`${HIDDEN}new.`))
        files.remove(inside(directory, name));
    }
    files.syncDirectory(directory);
    settled.add(directory);
    for (const { name, kind } of entries) {
      if (kind === 'directory' && !name.startsWith(HIDDEN)) sweepDrafts(inside(directory, name));
    }
  };

  /** Writes `content` aside and gives the name of the draft, which is on the disk. */
  const draft = async (directory: string, content: NewContent): Promise<string> => {
    const aside = inside(directory, HIDDEN + temporaryName('new', pidNamespace()));
    const file = files.create(aside);
    try {
      for await (const bytes of piecesOf(content)) file.write(bytes);
      file.sync();
    } catch (error) {
      files.remove(aside);
      throw error;
    } finally {
      file.close();
    }
    return aside;
  };

  return {
    ...directoryReader(files),
    create: (path, content) =>
      writeRefused(files.place, async () => {
        const directory = parentOf(checkRepositoryPath(path));
        settle(directory);
        if (sizeOf(path) !== undefined) return false;
        const aside = await draft(directory, content);
        try {
          return files.link(aside, path);
        } finally {
          files.remove(aside);
          files.syncDirectory(directory);
        }
      }),
    sizeOf: async (path) => sizeOf(checkRepositoryPath(path)),
    replace: (path, bytes) =>
      writeRefused(files.place, async () => {
        const directory = parentOf(checkRepositoryPath(path));
        settle(directory);
        files.rename(await draft(directory, bytes), path);
        files.syncDirectory(directory);
      }),
    remove: (path) =>
      writeRefused(files.place, async () => {
        if (sizeOf(checkRepositoryPath(path)) === undefined) return;
        files.remove(path);
        files.syncDirectory(parentOf(path));
      }),
    list: (prefix) => listBelow(files, prefix === '' ? '' : checkRepositoryPath(prefix)),
    lock: (owner) =>
      writeRefused(files.place, async () => {
        const lease = await takeLease(files, holder, owner);
        // Whoever has the lease is the only writer: all other drafts are of writers that are no more. What those named and did not wait for is waited for now:
        // a state that is seen, but could still be lost, is nothing to build on.
        sweepDrafts('');
        return lease;
      }),
  };
}

async function* listBelow(files: DirectoryFiles, directory: string): AsyncGenerator<RepositoryFile> {
  for (const { name, kind } of files.list(directory)) {
    if (name.startsWith(HIDDEN)) continue;
    const path = inside(directory, name);
    if (kind === 'directory') yield* listBelow(files, path);
    if (kind !== 'file') continue;
    const file = files.open(path);
    if (file === undefined) continue;
    file.close();
    yield { path, size: file.size, modified: new Date(file.modified) };
  }
}

function piecesOf(content: NewContent): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  return content instanceof Uint8Array ? [content] : content;
}

function inside(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

function parentOf(path: string): string {
  const parent = dirname(path);
  return parent === '.' ? '' : parent;
}
