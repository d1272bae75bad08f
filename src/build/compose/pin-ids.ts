import { type ByteString, bytesOf } from '../../model/byte-string.ts';
import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { PinnedIds } from '../../model/lock.ts';
import type { DirectoryNode, FileNode, TreeNode } from '../../model/tree.ts';
import type { ReadContent } from '../../store/read-content.ts';
import {
  type AccountLine,
  accountIds,
  type IdMap,
  parseAccounts,
  renumberGroup,
  renumberPasswd,
} from './accounts-text.ts';
import { lookUp } from './look-up.ts';
import { renumberAcl } from './posix-acl.ts';

/** Ids that packages are given when they are installed, in the order of installation (Debian Policy §9.2.2); others are fixed. */
const FIRST_DYNAMIC_ID = 100;
const LAST_DYNAMIC_ID = 999;

const ACL_ATTRIBUTES = ['system.posix_acl_access', 'system.posix_acl_default'].map(bytesOf);

export interface Pinned {
  readonly tree: DirectoryNode;
  /** The pinned ids with those added that this tree is the first to have. */
  readonly ids: PinnedIds;
}

/**
 * Renumbers the users and groups that packages allocated to what `pinned` says, in `/etc/passwd`, `/etc/group`, the owners of
 * all files and their ACLs. A name that is not pinned yet keeps its number if that is free, else it gets the next free one; a
 * pinned name that is not in the tree keeps its number for itself. The tree that is given is not changed.
 */
export function pinIds(tree: DirectoryNode, pinned: PinnedIds, read: ReadContent): Pinned {
  const passwd = parseAccounts(textOf(tree, 'etc/passwd', read));
  const group = parseAccounts(textOf(tree, 'etc/group', read));
  const users = dynamicAccounts(passwd, textOf(tree, 'usr/share/base-passwd/passwd.master', read));
  const groups = dynamicAccounts(group, textOf(tree, 'usr/share/base-passwd/group.master', read));

  const taken = new Set([...Object.values(pinned.users), ...Object.values(pinned.groups)]);
  const newGroups = allocate(groups, pinned.groups, {}, taken);
  // A user and the group of the same name share their number, as everywhere.
  const newUsers = allocate(users, pinned.users, { ...pinned.groups, ...newGroups }, taken);
  const userMap = renumbering(users, newUsers);
  const groupMap = renumbering(groups, newGroups);
  const ids = {
    users: sorted({ ...pinned.users, ...newUsers }),
    groups: sorted({ ...pinned.groups, ...newGroups }),
  };
  if (userMap.size === 0 && groupMap.size === 0) return { tree, ids };

  const renumbered = renumberTree(tree, userMap, groupMap);
  replaceText(renumbered, 'etc/passwd', renumberPasswd(passwd, userMap, groupMap));
  replaceText(renumbered, 'etc/group', renumberGroup(group, groupMap));
  return { tree: renumbered, ids };
}

/** The accounts that packages were given ids for. Those of the distribution's master file are the same everywhere (group 100, `users`). */
function dynamicAccounts(lines: readonly AccountLine[], master: string): [name: string, id: number][] {
  const fixed = new Set(accountIds(parseAccounts(master)).map(([name]) => name));
  return accountIds(lines).filter(([name, id]) => id >= FIRST_DYNAMIC_ID && id <= LAST_DYNAMIC_ID && !fixed.has(name));
}

/** The number of each account: its pinned one, else one that `preferred` has for its name, else its own, else the next free. */
function allocate(
  accounts: readonly (readonly [string, number])[],
  pinned: Readonly<Record<string, number>>,
  preferred: Readonly<Record<string, number>>,
  taken: Set<number>,
): Record<string, number> {
  const given: Record<string, number> = {};
  for (const [name, id] of accounts) {
    const chosen = own(pinned, name) ?? own(preferred, name) ?? (taken.has(id) ? nextFree(taken) : id);
    taken.add(chosen);
    given[name] = chosen;
  }
  return given;
}

function nextFree(taken: ReadonlySet<number>): number {
  for (let id = FIRST_DYNAMIC_ID; id <= LAST_DYNAMIC_ID; id++) if (!taken.has(id)) return id;
  throw new AshlarError('lock-invalid', 'The lock pins every id between 100 and 999; none is left for a new account.', {
    hint: 'Remove the ids of accounts that no device has any longer from `ids` in the lock.',
  });
}

/** Names come from outside: `constructor` is no pinned id. */
function own(record: Readonly<Record<string, number>>, name: string): number | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function renumbering(accounts: readonly (readonly [string, number])[], given: Readonly<Record<string, number>>): IdMap {
  return new Map(accounts.map(([name, id]) => [id, given[name] ?? id] as const).filter(([from, to]) => from !== to));
}

/** A copy of the tree with new owners; a hard link stays one node under two names. */
function renumberTree(root: DirectoryNode, users: IdMap, groups: IdMap): DirectoryNode {
  const copies = new Map<TreeNode, TreeNode>();
  const copy = (node: TreeNode): TreeNode => {
    const done = copies.get(node);
    if (done !== undefined) return done;
    const owners = { uid: users.get(node.uid) ?? node.uid, gid: groups.get(node.gid) ?? node.gid };
    const xattrs = renumberAttributes(node.xattrs, users, groups);
    const made: TreeNode =
      node.type === 'directory' ? { ...node, ...owners, xattrs, children: new Map() } : { ...node, ...owners, xattrs };
    copies.set(node, made);
    if (node.type === 'directory' && made.type === 'directory') {
      for (const [name, child] of node.children) made.children.set(name, copy(child));
    }
    return made;
  };
  return copy(root) as DirectoryNode;
}

function renumberAttributes(
  xattrs: ReadonlyMap<ByteString, Buffer>,
  users: IdMap,
  groups: IdMap,
): ReadonlyMap<ByteString, Buffer> {
  const acls = ACL_ATTRIBUTES.filter((name) => xattrs.has(name));
  if (acls.length === 0) return xattrs;
  const changed = new Map(xattrs);
  for (const name of acls) changed.set(name, renumberAcl(xattrs.get(name)!, users, groups));
  return changed;
}

function textOf(tree: DirectoryNode, path: string, read: ReadContent): string {
  const node = lookUp(tree, path);
  // latin1 keeps every byte of a comment field as it is.
  return node?.type === 'file' ? read(node.content).toString('latin1') : '';
}

function replaceText(tree: DirectoryNode, path: string, text: string): void {
  const node = lookUp(tree, path);
  if (node?.type !== 'file') return;
  const file: FileNode = node;
  const bytes = Buffer.from(text, 'latin1');
  file.content = { kind: 'bytes', size: bytes.length, digest: sha256(bytes), bytes };
}

function sorted(ids: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(ids).sort(([a], [b]) => (a < b ? -1 : 1)));
}
