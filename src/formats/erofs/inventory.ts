import { type ByteString, bytesOf, display } from '../../model/byte-string.ts';
import type { DirectoryNode, TreeNode } from '../../model/tree.ts';
import { NAME_MAX_BYTES } from './on-disk.ts';
import { unsupported } from './unsupported.ts';

/** One inode of the image to be: a node of the tree under the first of its names. */
export interface Inode {
  readonly node: TreeNode;
  /** Without leading slash; empty for the root. */
  readonly path: ByteString;
  /** Names that point at it, as `st_nlink` counts them. */
  links: number;
  /** Of a directory: its entries with `.` and `..`, sorted as bytes. */
  readonly entries: readonly DirectoryEntry[];
}

export interface DirectoryEntry {
  readonly name: ByteString;
  readonly inode: Inode;
}

const DOT = bytesOf('.');
const DOT_DOT = bytesOf('..');

/**
 * Every inode of a tree once: the root, then directory by directory the children of each, so that what is listed together lies
 * together. A node with several names (a hard link) is listed under the first.
 *
 * @throws AshlarError `tree-unsupported` when a name is not one, or a directory has two names.
 */
export function takeInventory(root: DirectoryNode): readonly Inode[] {
  const seen = new Map<TreeNode, Inode>();
  const inodes: Inode[] = [];
  const register = (node: TreeNode, path: ByteString): Inode => {
    const inode = { node, path, links: 1, entries: [] };
    seen.set(node, inode);
    inodes.push(inode);
    return inode;
  };

  const rootInode = register(root, bytesOf(''));
  const open = [{ inode: rootInode, directory: root, parent: rootInode }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { inode, directory, parent } = next;
    inode.links = 2;
    const entries: DirectoryEntry[] = [
      { name: DOT, inode },
      { name: DOT_DOT, inode: parent },
    ];
    const below: typeof open = [];
    for (const name of [...directory.children.keys()].sort()) {
      const child = directory.children.get(name)!;
      const path = (inode.path === '' ? name : `${inode.path}/${name}`) as ByteString;
      checkName(name, path);
      const known = seen.get(child);
      if (known !== undefined && child.type === 'directory') {
        throw unsupported(`/${display(path)} and /${display(known.path)} are the same directory`);
      }
      if (known !== undefined) known.links++;
      const childInode = known ?? register(child, path);
      entries.push({ name, inode: childInode });
      if (child.type === 'directory') {
        inode.links++;
        below.push({ inode: childInode, directory: child, parent: inode });
      }
    }
    Object.assign(inode, { entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)) });
    for (const directoryBelow of below.reverse()) open.push(directoryBelow);
  }
  return inodes;
}

function checkName(name: ByteString, path: ByteString): void {
  const isName = name.length >= 1 && name.length <= NAME_MAX_BYTES && !/[/\0]/.test(name);
  if (!isName || name === DOT || name === DOT_DOT) {
    throw unsupported(`/${display(path)}: its last part is not a file name`);
  }
}
