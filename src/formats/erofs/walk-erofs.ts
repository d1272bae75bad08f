import { type ByteString, display } from '../../model/byte-string.ts';
import type { ErofsImage } from './erofs-image.ts';
import { imageCorrupt } from './image-error.ts';
import { type ErofsEntry, readDirectory } from './read-directory.ts';
import { type ErofsInode, inodeName, readInode } from './read-inode.ts';

/** One name met on a walk. */
export interface WalkedEntry {
  /** From the root of the image, without a leading slash; `''` is the root itself. */
  readonly path: ByteString;
  readonly inode: ErofsInode;
  /** The path under which this inode was met before: this name is a hard link to it. */
  readonly linkTo: ByteString | undefined;
}

/** Linux cannot open a longer path. */
export const MAX_PATH_BYTES = 4_095;

/**
 * Walks the tree below `start` (by default the root; `path` is its own path): every directory before what is in it, names in
 * their order. Ends on every image: a directory that is met twice (a cycle, or two names), or directories that together are
 * larger than the image, are `image-corrupt`.
 */
export function* walkErofs(
  image: ErofsImage,
  start: ErofsInode = readInode(image, image.superblock.rootNid),
  path: ByteString = '' as ByteString,
): Generator<WalkedEntry> {
  yield { path, inode: start, linkTo: undefined };
  if (start.type !== 'directory') return;
  const met = new Map<number, ByteString>([[start.nid, path]]);
  let directoryBytes = start.size;
  const open: { path: ByteString; entries: Iterator<ErofsEntry> }[] = [{ path, entries: readDirectory(image, start) }];
  for (let directory = open.at(-1); directory !== undefined; directory = open.at(-1)) {
    const next = directory.entries.next();
    if (next.done === true) {
      open.pop();
      continue;
    }
    const { name, nid } = next.value;
    if (isDot(name)) continue;
    const inode = readInode(image, nid);
    const child = joinPath(directory.path, name);
    const linkTo = met.get(nid);
    if (child.length > MAX_PATH_BYTES) throw imageCorrupt(inodeName(nid), 'its path is too long', inode.offset);
    if (linkTo === undefined) met.set(nid, child);
    else if (inode.type === 'directory') {
      throw imageCorrupt(
        inodeName(nid),
        `the directory ${display(child)} is also ${display(linkTo) || '/'}`,
        inode.offset,
      );
    }
    yield { path: child, inode, linkTo };
    if (inode.type !== 'directory') continue;
    directoryBytes += inode.size;
    if (directoryBytes > image.size) throw imageCorrupt(inodeName(nid), 'directories overlap', inode.offset);
    open.push({ path: child, entries: readDirectory(image, inode) });
  }
}

/** True for the names of a directory itself and of its parent. */
export function isDot(name: ByteString): boolean {
  return name === '.' || name === '..';
}

/** `name` in the directory `path`, `''` being the root. */
export function joinPath(path: ByteString, name: ByteString): ByteString {
  return path === '' ? name : (`${path}/${name}` as ByteString);
}
