import { type DirectoryNode, NO_XATTRS } from '../../../model/tree.ts';
import { readInMemory } from '../../../store/read-content.ts';
import { TreeEditor } from './tree-editor.ts';

/** The time of what tests write. */
export const EPOCH = 1_700_000_000n;

/** What lies at a path: text of a file, a link, or a file or folder with attributes. */
export type Entry =
  | string
  | { readonly link: string }
  | { readonly text?: string; readonly mode: number; readonly uid?: number; readonly gid?: number };

/** A tree of `entries` by absolute path; a path that ends in `/` is a folder. */
export function treeOf(entries: Readonly<Record<string, Entry>> = {}): TreeEditor {
  const root: DirectoryNode = {
    type: 'directory',
    mode: 0o755,
    uid: 0,
    gid: 0,
    mtime: { seconds: 0n, nanoseconds: 0 },
    xattrs: NO_XATTRS,
    children: new Map(),
  };
  const tree = new TreeEditor(root, EPOCH, readInMemory);
  for (const [path, entry] of Object.entries(entries)) {
    if (typeof entry !== 'string' && 'link' in entry) tree.writeSymlink(path, entry.link);
    else if (path.endsWith('/')) tree.makeDirectory(path, typeof entry === 'string' ? {} : entry);
    else if (typeof entry === 'string') tree.writeFile(path, entry);
    else tree.writeFile(path, entry.text ?? '', entry);
  }
  return tree;
}

/** Every path of the tree with what is at it, as one line each, sorted. */
export function listing(tree: TreeEditor, below = ''): string[] {
  const lines: string[] = [];
  const list = (directory: DirectoryNode, at: string): void => {
    for (const [name, node] of directory.children) {
      const path = `${at}/${name}`;
      if (path.startsWith(below)) lines.push(node.type === 'symlink' ? `${path} -> ${node.target}` : path);
      if (node.type === 'directory') list(node, path);
    }
  };
  list(tree.root, '');
  return lines.sort();
}
