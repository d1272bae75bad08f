import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { AshlarError } from '../../../model/error.ts';
import { syncDirectory } from '../../sync-directory.ts';
import type { DirectoryEntry, DirectoryFiles, NewFile, OpenFile } from './directory-files.ts';
import { linkOrRename } from './link-or-rename.ts';

/** Whoever serves the repository reads it. */
const FILE_MODE = 0o644;
/** A FIFO on a stranger's stick must not stop whoever opens it, nor a terminal become the process's own. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
const ABSENT = new Set(['ENOENT', 'ENOTDIR']);

/** The directory at `place` of this machine. */
export function systemFiles(place: string): DirectoryFiles {
  const at = (path: string): string => join(place, path);
  return {
    place,
    makeDirectory(path) {
      if (statSync(at(path), { throwIfNoEntry: false })?.isDirectory() === true) return;
      try {
        mkdirSync(at(path));
      } catch (error) {
        if (statSync(at(path), { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
      }
    },
    create: (path) => newFile(openSync(at(path), 'wx', FILE_MODE)),
    open: (path) => openFile(place, path),
    list: (path) => unlessAbsent(() => readdirSync(at(path), { withFileTypes: true }).map(entryOf)) ?? [],
    link: (from, to) => linkOrRename(at(from), at(to)),
    rename: (from, to) => renameSync(at(from), at(to)),
    remove: (path) => rmSync(at(path), { force: true }),
    syncDirectory: (path) => syncDirectory(at(path)),
  };
}

function newFile(file: number): NewFile {
  let first: Uint8Array | undefined;
  return {
    write(bytes) {
      first ??= Buffer.from(bytes.subarray(0, 1));
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    },
    sync: () => fsyncSync(file),
    touch() {
      if (first !== undefined) writeSync(file, first, 0, first.length, 0);
    },
    close: () => closeSync(file),
  };
}

function openFile(place: string, path: string): OpenFile | undefined {
  const file = unlessAbsent(() => openSync(join(place, path), READ_FLAGS));
  if (file === undefined) return undefined;
  const found = fstatSync(file);
  if (!found.isFile()) {
    closeSync(file);
    throw new AshlarError('repository-corrupt', `${path} of the repository ${place} is not a file.`, {
      hint: 'Copy or publish the repository again.',
    });
  }
  return {
    size: found.size,
    modified: found.mtimeMs,
    read(offset, length) {
      const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, found.size - offset)));
      let filled = 0;
      while (filled < bytes.length) {
        const got = readSync(file, bytes, filled, bytes.length - filled, offset + filled);
        if (got === 0) break;
        filled += got;
      }
      return bytes.subarray(0, filled);
    },
    close: () => closeSync(file),
  };
}

function entryOf(entry: { name: string; isFile(): boolean; isDirectory(): boolean }): DirectoryEntry {
  return { name: entry.name, kind: entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other' };
}

function unlessAbsent<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (ABSENT.has(codeOf(error))) return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
