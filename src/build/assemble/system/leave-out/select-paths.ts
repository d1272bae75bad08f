import { type ByteString, bytesOf } from '../../../../model/byte-string.ts';
import type { DirectoryNode, TreeNode } from '../../../../model/tree.ts';
import { expandBraces, globPattern } from './glob.ts';

/** An entry of the tree: `node` is called `name` in `parent`, and `path` (without leading slash) in the tree. */
export interface TreeEntry {
  readonly parent: DirectoryNode;
  readonly name: ByteString;
  readonly node: TreeNode;
  readonly path: string;
}

/**
 * The entries whose paths match one of `globs`; what lies below an entry that is selected is not selected again. Only the
 * folders that a glob leads through are looked at, so that a hundred of them cost little. Links are not followed.
 */
export function selectPaths(root: DirectoryNode, globs: readonly string[]): TreeEntry[] {
  const found = new Map<string, TreeEntry>();
  for (const glob of globs.flatMap(expandBraces)) {
    for (const entry of descend(root, '', glob.split('/'))) found.set(entry.path, entry);
  }
  return [...found.values()];
}

function* descend(directory: DirectoryNode, path: string, parts: readonly string[]): Generator<TreeEntry> {
  const [part = '', ...rest] = parts;
  if (part === '**') {
    yield* descend(directory, path, rest);
    for (const [name, node] of directory.children) {
      if (node.type === 'directory') yield* descend(node, `${path}${name}/`, parts);
    }
    return;
  }
  for (const [name, node] of matching(directory, part)) {
    if (rest.length === 0) yield { parent: directory, name, node, path: path + name };
    else if (node.type === 'directory') yield* descend(node, `${path}${name}/`, rest);
  }
}

function* matching(directory: DirectoryNode, part: string): Generator<[ByteString, TreeNode]> {
  if (/[*?[]/.test(part)) {
    const pattern = globPattern(part);
    for (const [name, node] of directory.children) if (pattern.test(name)) yield [name, node];
    return;
  }
  const name = bytesOf(part);
  const node = directory.children.get(name);
  if (node !== undefined) yield [name, node];
}
