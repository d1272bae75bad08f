import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { type TakeContent, treeFromTar } from '../formats/tar/tree-from-tar.ts';
import { AshlarError } from '../model/error.ts';
import type { DirectoryNode } from '../model/tree.ts';

/** As much of tar's complaints as is kept for the message. */
const MAX_COMPLAINT_CHARACTERS = 2_000;

/**
 * Takes a directory of this machine with all it holds (owners, times, links, devices, every extended attribute that the caller
 * may read; sockets are left out) into a tree. Node cannot read extended attributes: tar can, and one reader serves both.
 * Throws `path-unusable` when something in it cannot be read or changes meanwhile.
 */
export async function treeFromDirectory(
  directory: string,
  takeContent: TakeContent,
  signal?: AbortSignal,
): Promise<DirectoryNode> {
  signal?.throwIfAborted();
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new AshlarError('path-unusable', `${directory} is not a directory.`, {
      hint: 'Name a directory that exists.',
    });
  }
  const argv = [
    '--format=pax',
    '--numeric-owner',
    '--sparse',
    '--xattrs',
    '--xattrs-include=*',
    '-C',
    directory,
    '-cf',
    '-',
    '.',
  ];
  const tar = spawn('tar', argv, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
  let complaint = '';
  tar.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, MAX_COMPLAINT_CHARACTERS);
  });
  const ended = exitOf(tar);
  const stop = (): boolean => tar.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const tree = await treeFromTar(tar.stdout, takeContent);
    checkExit(await ended, directory, complaint);
    return tree;
  } catch (error) {
    signal?.throwIfAborted();
    // An archive that ends early is tar's failure: what tar says of it is the better message.
    if (error instanceof AshlarError && error.code === 'tar-corrupt') checkExit(await ended, directory, complaint);
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
    await ended.catch(() => {});
  }
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [status] = (await once(child, 'close')) as [number | null];
  return status;
}

function checkExit(status: number | null, directory: string, complaint: string): void {
  if (status === 0) return;
  throw new AshlarError(
    'path-unusable',
    `${directory} could not be read: ${complaint.trim() || `tar ended with ${status}`}`,
    {
      hint: 'Read it as a user who may read all of it (root for a system tree), while nothing writes to it.',
    },
  );
}
