import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveInvalid } from '../container-errors.ts';
import type { LayoutFiles } from './layout-files.ts';
import { readFrom } from './read-from.ts';

/** The files of a layout in a directory. Symbolic links and what is no plain file are refused: a pipe would hold us for ever. */
export function directoryFiles(directory: string): LayoutFiles {
  return {
    describe: () => directory,
    async open(path) {
      const file = await openPlain(join(directory, path), directory, path);
      if (file === undefined) return undefined;
      const { size } = await file.stat();
      return { size, bytes: readFrom(file, 0, size, true), close: () => file.close() };
    },
  };
}

async function openPlain(at: string, directory: string, path: string): Promise<FileHandle | undefined> {
  let file: FileHandle;
  try {
    file = await open(at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw archiveInvalid(directory, `${path} cannot be opened (${code})`, { cause: error });
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw archiveInvalid(directory, `${path} is no plain file`);
}
