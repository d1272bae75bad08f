import type { ByteString } from '../../model/byte-string.ts';
import type { DirectoryNode, FileContent, Metadata, TreeNode } from '../../model/tree.ts';
import type { ErofsImage } from './erofs-image.ts';
import { imageCorrupt } from './image-error.ts';
import { decodeDevice } from './on-disk.ts';
import { type ContentPiece, readContent } from './read-content.ts';
import { type ErofsInode, inodeName } from './read-inode.ts';
import { readTarget } from './read-target.ts';
import { readXattrs } from './read-xattrs.ts';
import { walkErofs } from './walk-erofs.ts';

/** Takes the content of one file of `size` bytes, which the pieces add up to. It bounds what it holds: files may share blocks. */
export type TakePieces = (size: number, pieces: Iterable<ContentPiece>) => FileContent;

/** The whole tree of an image. Throws `image-corrupt`, `image-unsupported`. */
export function treeFromErofs(image: ErofsImage, takePieces: TakePieces): DirectoryNode {
  const nodes = new Map<number, TreeNode>();
  const directories = new Map<ByteString, DirectoryNode>();
  let root: DirectoryNode | undefined;
  for (const { path, inode } of walkErofs(image)) {
    const node = nodes.get(inode.nid) ?? nodeOf(image, inode, takePieces);
    nodes.set(inode.nid, node);
    if (node.type === 'directory') directories.set(path, node);
    if (root === undefined) {
      if (node.type !== 'directory') throw imageCorrupt(inodeName(inode.nid), 'the root is no directory', inode.offset);
      root = node;
      continue;
    }
    const slash = path.lastIndexOf('/');
    const parent = directories.get(path.slice(0, Math.max(slash, 0)) as ByteString);
    parent?.children.set(path.slice(slash + 1) as ByteString, node);
  }
  if (root === undefined) throw new TypeError('a walk begins with the root');
  return root;
}

function nodeOf(image: ErofsImage, inode: ErofsInode, takePieces: TakePieces): TreeNode {
  const { mode, uid, gid, mtime } = inode;
  const metadata: Metadata = { mode, uid, gid, mtime, xattrs: readXattrs(image, inode) };
  switch (inode.type) {
    case 'directory':
      return { ...metadata, type: 'directory', children: new Map() };
    case 'file':
      return { ...metadata, type: 'file', content: takePieces(inode.size, readContent(image, inode)) };
    case 'symlink':
      return { ...metadata, type: 'symlink', target: readTarget(image, inode) };
    case 'block':
    case 'character':
      return { ...metadata, type: inode.type, ...decodeDevice(inode.union) };
    case 'fifo':
    case 'socket':
      return { ...metadata, type: inode.type };
  }
}
