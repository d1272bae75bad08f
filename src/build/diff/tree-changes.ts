import { isDeepStrictEqual } from 'node:util';
import { type ByteString, display } from '../../model/byte-string.ts';
import type { DirectoryNode, TreeNode } from '../../model/tree.ts';

/** What of a path differs between two trees. */
export type ChangedAspect = 'type' | 'content' | 'target' | 'device' | 'mode' | 'owner' | 'attributes';

/** How one path differs; sizes are those of files, in bytes. */
export interface PathChange {
  /** Absolute, as it can be shown. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Of a changed path; empty for the others. */
  readonly aspects: readonly ChangedAspect[];
  readonly before?: PathState;
  readonly after?: PathState;
}

export interface PathState {
  readonly type: TreeNode['type'];
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
}

/**
 * How the tree `after` differs from `before`, sorted by path. A folder that is added or removed is listed with everything in
 * it. Times do not count: they change with every lock. Both trees' file contents must carry digests (not be sparse) to be equal.
 */
export function treeChanges(before: DirectoryNode, after: DirectoryNode): PathChange[] {
  const changes: PathChange[] = [];
  compareDirectories(before, after, '', changes);
  return changes;
}

function compareDirectories(
  before: DirectoryNode | undefined,
  after: DirectoryNode | undefined,
  at: string,
  changes: PathChange[],
): void {
  const names = new Set<ByteString>([...(before?.children.keys() ?? []), ...(after?.children.keys() ?? [])]);
  for (const name of [...names].sort()) {
    const [old, now] = [before?.children.get(name), after?.children.get(name)];
    const path = `${at}/${display(name)}`;
    const change = compareNodes(old, now, path);
    if (change !== undefined) changes.push(change);
    const [oldFolder, newFolder] = [asDirectory(old), asDirectory(now)];
    if (oldFolder !== undefined || newFolder !== undefined) compareDirectories(oldFolder, newFolder, path, changes);
  }
}

function compareNodes(old: TreeNode | undefined, now: TreeNode | undefined, path: string): PathChange | undefined {
  if (old !== undefined && now !== undefined) {
    const aspects = changedAspects(old, now);
    if (aspects.length === 0) return undefined;
    return { path, change: 'changed', aspects, before: stateOf(old), after: stateOf(now) };
  }
  if (now !== undefined) return { path, change: 'added', aspects: [], after: stateOf(now) };
  return old === undefined ? undefined : { path, change: 'removed', aspects: [], before: stateOf(old) };
}

function changedAspects(old: TreeNode, now: TreeNode): ChangedAspect[] {
  const aspects: ChangedAspect[] = [];
  if (old.type !== now.type) aspects.push('type');
  if (old.type === 'file' && now.type === 'file' && !sameContent(old, now)) aspects.push('content');
  if (old.type === 'symlink' && now.type === 'symlink' && old.target !== now.target) aspects.push('target');
  if ('major' in old && 'major' in now && (old.major !== now.major || old.minor !== now.minor)) aspects.push('device');
  if (old.mode !== now.mode && now.type !== 'symlink') aspects.push('mode');
  if (old.uid !== now.uid || old.gid !== now.gid) aspects.push('owner');
  if (!isDeepStrictEqual(old.xattrs, now.xattrs)) aspects.push('attributes');
  return aspects;
}

function sameContent(old: TreeNode & { type: 'file' }, now: TreeNode & { type: 'file' }): boolean {
  const [a, b] = [old.content, now.content];
  if (a.size !== b.size) return false;
  return a.kind === 'sparse' || b.kind === 'sparse' ? isDeepStrictEqual(a, b) : a.digest === b.digest;
}

function asDirectory(node: TreeNode | undefined): DirectoryNode | undefined {
  return node?.type === 'directory' ? node : undefined;
}

function stateOf(node: TreeNode): PathState {
  const size = node.type === 'file' ? node.content.size : 0;
  return { type: node.type, mode: node.mode, uid: node.uid, gid: node.gid, size };
}
