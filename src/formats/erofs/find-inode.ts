import type { ByteString } from '../../model/byte-string.ts';
import type { ErofsImage } from './erofs-image.ts';
import { imageCorrupt } from './image-error.ts';
import { readDirectory } from './read-directory.ts';
import { type ErofsInode, inodeName, readInode } from './read-inode.ts';
import { readTarget } from './read-target.ts';
import { joinPath } from './walk-erofs.ts';

/** An inode and its own path, without links in it and without a leading slash. */
export interface FoundInode {
  readonly inode: ErofsInode;
  readonly path: ByteString;
}

/** As many symbolic links as Linux follows for one path. */
const MAX_LINKS = 40;

/**
 * Looks a path up, following symbolic links within the image: its root is their `/`, and `..` does not lead out of it. With
 * `followLast` a link at the end is followed as well. Gives undefined when nothing is there. Throws `image-corrupt`, also for
 * links that lead in a circle.
 */
export function findInode(image: ErofsImage, path: ByteString, followLast: boolean): FoundInode | undefined {
  const root = { inode: readInode(image, image.superblock.rootNid), path: '' as ByteString };
  // The directories from the root to where the walk is: `..` goes back one.
  const trail: FoundInode[] = [root];
  let names = splitPath(path);
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const here = trail.at(-1) ?? root;
    if (here.inode.type !== 'directory') return undefined;
    if (name === '..') {
      if (trail.length > 1) trail.pop();
      continue;
    }
    const entry = readDirectory(image, here.inode).find((candidate) => candidate.name === name);
    if (entry === undefined) return undefined;
    const inode = readInode(image, entry.nid);
    if (inode.type !== 'symlink' || (names.length === 0 && !followLast)) {
      trail.push({ inode, path: joinPath(here.path, name) });
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) throw imageCorrupt(inodeName(inode.nid), 'symbolic links lead in a circle', inode.offset);
    const target = readTarget(image, inode);
    if (target.startsWith('/')) trail.splice(1);
    names = [...splitPath(target), ...names];
  }
  return trail.at(-1);
}

function splitPath(path: ByteString): ByteString[] {
  return (path.split('/') as ByteString[]).filter((name) => name !== '' && name !== '.');
}
