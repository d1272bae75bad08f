import type { ByteString } from '../../../model/byte-string.ts';
import type { DirectoryNode, Timestamp, TreeNode } from '../../../model/tree.ts';

/**
 * A copy of `root` that may be changed without the original being: every node is new, contents and extended attributes are
 * shared (they are never changed in place), hard links stay hard links. Modification times after `latest` (seconds since 1970)
 * become `latest`, so that nothing in an image is younger than what it was made from.
 */
export function copyTree(root: DirectoryNode, latest: bigint): DirectoryNode {
  const copies = new Map<TreeNode, TreeNode>();
  const newest: Timestamp = { seconds: latest, nanoseconds: 0 };

  const clamp = (mtime: Timestamp): Timestamp =>
    mtime.seconds > latest || (mtime.seconds === latest && mtime.nanoseconds > 0) ? newest : mtime;

  const copyDirectory = (node: DirectoryNode): DirectoryNode => {
    const children = new Map<ByteString, TreeNode>();
    for (const [name, child] of node.children) children.set(name, copy(child));
    return { ...node, mtime: clamp(node.mtime), children };
  };

  const copy = (node: TreeNode): TreeNode => {
    if (node.type === 'directory') return copyDirectory(node);
    const known = copies.get(node);
    if (known !== undefined) return known;
    const copied: TreeNode = { ...node, mtime: clamp(node.mtime) };
    copies.set(node, copied);
    return copied;
  };

  return copyDirectory(root);
}
