import type { ByteString } from '../../model/byte-string.ts';
import type { Sha256 } from '../../model/digest.ts';
import { type DirectoryNode, type FileContent, type Metadata, NO_XATTRS, type TreeNode } from '../../model/tree.ts';

/**
 * A tree as rows of JSON: parents before children, children by name, so that one tree has one text. 20,000 rows are some 3 MB
 * and load in well under 100 ms, most of it `JSON.parse`. Contents are objects of the store; none is in here.
 */
export type TreeIndex = readonly TreeRow[];

/** Row of the parent, name, type, mode, uid, gid, seconds, nanoseconds, what the type has (see `TypeFields`), attributes. */
type TreeRow = readonly [
  parent: number,
  name: string,
  type: TreeNode['type'] | 'link',
  mode: number,
  uid: number,
  gid: number,
  seconds: number,
  nanoseconds: number,
  first: number | string,
  second: number | string,
  xattrs?: readonly (readonly [name: string, base64: string])[],
];

const ROOT_PARENT = -1;

/** The rows of `root`. Its files must be objects of the store: `store` puts what is not. */
export function indexTree(
  root: DirectoryNode,
  store: (content: FileContent) => { size: number; digest: Sha256 },
): TreeIndex {
  const rows: TreeRow[] = [];
  const seen = new Map<TreeNode, number>();
  const visit = (node: TreeNode, parent: number, name: string): void => {
    const first = seen.get(node);
    if (first !== undefined) {
      rows.push([parent, name, 'link', 0, 0, 0, 0, 0, first, 0]);
      return;
    }
    const row = rows.length;
    seen.set(node, row);
    rows.push(rowOf(node, parent, name, store));
    if (node.type !== 'directory') return;
    for (const child of [...node.children.keys()].sort()) visit(node.children.get(child)!, row, child);
  };
  visit(root, ROOT_PARENT, '');
  return rows;
}

function rowOf(
  node: TreeNode,
  parent: number,
  name: string,
  store: (content: FileContent) => { size: number; digest: Sha256 },
): TreeRow {
  const [first, second] = typeFields(node, store);
  const { type, mode, uid, gid, mtime } = node;
  const head = [parent, name, type, mode, uid, gid, Number(mtime.seconds), mtime.nanoseconds, first, second] as const;
  if (node.xattrs.size === 0) return head;
  const xattrs = [...node.xattrs.keys()].sort().map((key) => [key, node.xattrs.get(key)!.toString('base64')] as const);
  return [...head, xattrs];
}

function typeFields(
  node: TreeNode,
  store: (content: FileContent) => { size: number; digest: Sha256 },
): readonly [number | string, number | string] {
  switch (node.type) {
    case 'file': {
      const { size, digest } = store(node.content);
      return [size, digest];
    }
    case 'symlink':
      return [node.target, 0];
    case 'block':
    case 'character':
      return [node.major, node.minor];
    default:
      return [0, 0];
  }
}

/** The tree of rows that {@link indexTree} made. The rows come from a sealed record: their form is not checked again. */
export function treeOfIndex(rows: TreeIndex): DirectoryNode {
  const nodes: TreeNode[] = [];
  for (const row of rows) {
    const [parent, name, type, , , , , , first] = row;
    const node = type === 'link' ? nodes[Number(first)]! : nodeOf(row);
    nodes.push(node);
    const directory = nodes[parent];
    if (directory?.type === 'directory') directory.children.set(name as ByteString, node);
  }
  const [root] = nodes;
  if (root?.type !== 'directory') throw new TypeError('a tree index begins with its root directory');
  return root;
}

function nodeOf([, , type, mode, uid, gid, seconds, nanoseconds, first, second, xattrs]: TreeRow): TreeNode {
  const metadata: Metadata = {
    mode,
    uid,
    gid,
    mtime: { seconds: BigInt(seconds), nanoseconds },
    xattrs:
      xattrs === undefined
        ? NO_XATTRS
        : new Map(xattrs.map(([key, value]) => [key as ByteString, Buffer.from(value, 'base64')])),
  };
  switch (type) {
    case 'file':
      return { ...metadata, type, content: { kind: 'stored', size: Number(first), digest: String(second) as Sha256 } };
    case 'directory':
      return { ...metadata, type, children: new Map() };
    case 'symlink':
      return { ...metadata, type, target: String(first) as ByteString };
    case 'block':
    case 'character':
      return { ...metadata, type, major: Number(first), minor: Number(second) };
    case 'fifo':
    case 'socket':
      return { ...metadata, type };
    case 'link':
      throw new TypeError('a link is the node that it links to');
  }
}
