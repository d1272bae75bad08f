import { type ByteString, bytesOf } from '../../model/byte-string.ts';
import type { DirectoryNode, TreeNode } from '../../model/tree.ts';

/** As many links as Linux follows in one path (`MAXSYMLINKS`, path_resolution(7)). */
const MAX_LINKS = 40;

/** What lies at `path` in the tree, symbolic links followed inside it; undefined when there is nothing. `..` stops at the root. */
export function lookUp(root: DirectoryNode, path: string): TreeNode | undefined {
  const left = bytesOf(path).split('/') as ByteString[];
  const above: DirectoryNode[] = [];
  let node: TreeNode = root;
  let links = 0;
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    if (name === '' || name === '.') continue;
    if (node.type !== 'directory') return undefined;
    if (name === '..') {
      node = above.pop() ?? root;
      continue;
    }
    const child: TreeNode | undefined = node.children.get(name);
    if (child === undefined) return undefined;
    if (child.type !== 'symlink') {
      above.push(node);
      node = child;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) return undefined;
    if (child.target.startsWith('/')) {
      node = root;
      above.length = 0;
    }
    left.unshift(...(child.target.split('/') as ByteString[]));
  }
  return node;
}
