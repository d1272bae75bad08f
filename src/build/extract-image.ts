import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ErofsImage } from '../formats/erofs/erofs-image.ts';
import { DATA_LAYOUT, decodeDevice } from '../formats/erofs/on-disk.ts';
import { chunkRanges } from '../formats/erofs/read-chunks.ts';
import { readContent } from '../formats/erofs/read-content.ts';
import type { ErofsInode } from '../formats/erofs/read-inode.ts';
import { readTarget } from '../formats/erofs/read-target.ts';
import { readXattrs } from '../formats/erofs/read-xattrs.ts';
import { type WalkedEntry, walkErofs } from '../formats/erofs/walk-erofs.ts';
import type { TarExtent } from '../formats/tar/tar-entry.ts';
import { type TarMember, writeTar } from '../formats/tar/write-tar.ts';
import { type ByteString, display, toBuffer } from '../model/byte-string.ts';
import { AshlarError } from '../model/error.ts';
import { usingPath } from './using-path.ts';

export interface ExtractOptions {
  /** What to take out, and its path in the image (`''` for the root). */
  readonly start: ErofsInode;
  readonly path: ByteString;
  /** Made when it is not there. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onEntry?: (entry: WalkedEntry) => void;
}

/** What was taken out, and what could not be. */
export interface Extraction {
  readonly entries: number;
  /** Device nodes without root, sockets: paths in the image. */
  readonly skipped: readonly ByteString[];
}

/** As much of tar's complaints as is kept for the message. */
const MAX_COMPLAINT_CHARACTERS = 2_000;

/**
 * Unpacks an image, or one path of it, into a directory: contents, holes, modes, times to the nanosecond, hard links, extended
 * attributes; owners and devices when run by root. Node can set neither attributes nor nanoseconds: the tree goes through a pipe
 * into tar.
 *
 * The image is hostile. Names cannot climb (the reader refuses `/`, zero bytes and `..`), every name is in its directory once,
 * and tar makes links last, never replaces anything and is given an empty place: nothing is ever written through a link. Throws
 * `path-unusable` when the place is taken or cannot be written.
 */
export async function extractImage(image: ErofsImage, options: ExtractOptions): Promise<Extraction> {
  const { directory, path, signal } = options;
  const base = path.slice(path.lastIndexOf('/') + 1) as ByteString;
  usingPath(directory, () => {
    mkdirSync(directory, { recursive: true });
    checkPlace(directory, base);
  });

  const asRoot = process.getuid?.() === 0;
  const skipped: ByteString[] = [];
  let entries = 0;
  function* members(): Generator<TarMember> {
    for (const entry of walkErofs(image, options.start, path)) {
      const { type } = entry.inode;
      options.onEntry?.(entry);
      const device = type === 'block' || type === 'character';
      if (type === 'socket' || (device && !asRoot)) {
        skipped.push(entry.path);
        continue;
      }
      entries += 1;
      yield memberOf(image, entry, (inside) => relative(inside, path, base));
    }
  }

  const argv = ['--extract', '--file=-', '--preserve-permissions', '--numeric-owner'];
  // The image's root gives the (empty) directory its metadata; for a path, its parent is left alone.
  argv.push(base === '' ? '--overwrite-dir' : '--keep-old-files');
  const owner = asRoot ? '--same-owner' : '--no-same-owner';
  argv.push(owner, '--xattrs', '--xattrs-include=*', '--directory', directory);
  // TAR_OPTIONS of the caller would change what is checked here.
  const tar = spawn('tar', argv, {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
  let complaint = '';
  tar.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, MAX_COMPLAINT_CHARACTERS);
  });
  const ended = once(tar, 'close') as Promise<[number | null]>;
  try {
    await pipeline(Readable.from(writeTar(members()), { objectMode: true }), tar.stdin, { signal });
  } catch (error) {
    // tar that ends early says why; anything else is the image's fault or an abort.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') {
      tar.kill('SIGKILL');
      await ended;
      signal.throwIfAborted();
      throw error;
    }
  }
  const [status] = await ended;
  if (status !== 0) {
    throw new AshlarError(
      'path-unusable',
      `${directory} could not be filled: ${complaint.trim() || `tar ended with ${status}`}`,
      {
        hint: 'Extract into an empty directory, on a file system that has room and supports what the image holds.',
      },
    );
  }
  return { entries, skipped };
}

/** What is extracted must not be there already; the whole image wants an empty directory. */
function checkPlace(directory: string, base: ByteString): void {
  const hint = 'Extract into an empty or new directory with -C.';
  if (base === '') {
    if (readdirSync(directory).length > 0)
      throw new AshlarError('path-unusable', `${directory} is not empty.`, { hint });
    return;
  }
  const place = Buffer.concat([Buffer.from(`${directory}/`), toBuffer(base)]);
  if (lstatSync(place, { throwIfNoEntry: false }) !== undefined) {
    throw new AshlarError('path-unusable', `${directory}/${display(base)} is there already.`, { hint });
  }
}

/** A path of the image under the place of extraction: `./` and what follows the start's parent. */
function relative(inside: ByteString, start: ByteString, base: ByteString): ByteString {
  const below = start === '' ? inside : `${base}${inside.slice(start.length)}`;
  return `./${below}` as ByteString;
}

function memberOf(image: ErofsImage, entry: WalkedEntry, place: (path: ByteString) => ByteString): TarMember {
  const { inode, linkTo } = entry;
  const { mode, uid, gid, mtime } = inode;
  const base = { path: place(entry.path), mode, uid, gid, mtime, xattrs: readXattrs(image, inode) };
  if (linkTo !== undefined) return { ...base, xattrs: new Map(), type: 'hardlink', target: place(linkTo) };
  switch (inode.type) {
    case 'file':
      return { ...base, type: 'file', size: inode.size, extents: extentsOf(image, inode), data: dataOf(image, inode) };
    case 'symlink':
      return { ...base, type: 'symlink', target: readTarget(image, inode) };
    case 'block':
    case 'character':
      return { ...base, type: inode.type, ...decodeDevice(inode.union) };
    case 'directory':
    case 'fifo':
      return { ...base, type: inode.type };
    case 'socket':
      throw new TypeError(`${display(entry.path)} is a socket, which tar cannot hold`);
  }
}

/** The pieces of a file with holes; only files in chunks have them. */
function extentsOf(image: ErofsImage, inode: ErofsInode): TarExtent[] | undefined {
  if (inode.layout !== DATA_LAYOUT.chunkBased) return undefined;
  const extents: TarExtent[] = [];
  let at = 0;
  for (const { offset, size } of chunkRanges(image, inode)) {
    if (offset !== undefined) extents.push({ offset: at, size });
    at += size;
  }
  // GNU tar takes the size of a file that ends in a hole from an empty last piece.
  if (extents.at(-1) === undefined || extents.at(-1)!.offset + extents.at(-1)!.size < at)
    extents.push({ offset: at, size: 0 });
  return extents;
}

function* dataOf(image: ErofsImage, inode: ErofsInode): Generator<Buffer> {
  for (const piece of readContent(image, inode)) if (piece.kind === 'data') yield piece.bytes;
}
