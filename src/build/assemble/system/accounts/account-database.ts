import type { PinnedIds } from '../../../../model/lock.ts';
import type { TreeEditor } from '../tree-editor.ts';

/** A line of passwd(5). The password is always in shadow(5). */
export interface Account {
  name: string;
  uid: number;
  gid: number;
  comment: string;
  home: string;
  shell: string;
  /** A hash as in crypt(5); undefined when no password will do. */
  passwordHash: string | undefined;
}

/** A line of group(5). */
export interface AccountGroup {
  name: string;
  gid: number;
  /** Names of the accounts that are in it besides those whose primary group it is. */
  members: string[];
}

/** Users and groups of a system, as `/etc/passwd`, `group`, `shadow` and `gshadow` hold them. */
export interface AccountDatabase {
  readonly users: Map<string, Account>;
  readonly groups: Map<string, AccountGroup>;
}

/** What stands in shadow(5) where no password will do: `!` also tells `passwd -S` that the account is locked. */
const LOCKED = '!*';
/** The group that may read the shadow files on Debian; its id is fixed in the `base-passwd` package. */
const SHADOW_GID = 42;

/** Reads the accounts of the tree. A line that is not one is left out, as the C library would. */
export function readAccounts(tree: TreeEditor): AccountDatabase {
  const hashes = new Map(fields(tree, '/etc/shadow').map(([name, password]) => [name, password] as const));
  const users = new Map<string, Account>();
  for (const [name, , uid, gid, comment, home, shell] of fields(tree, '/etc/passwd')) {
    if (name === undefined || !isId(uid) || !isId(gid)) continue;
    const passwordHash = hashes.get(name)?.startsWith('$') === true ? hashes.get(name) : undefined;
    users.set(name, {
      name,
      uid: Number(uid),
      gid: Number(gid),
      comment: comment ?? '',
      home: home ?? '/',
      shell: shell ?? '',
      passwordHash,
    });
  }
  const groups = new Map<string, AccountGroup>();
  for (const [name, , gid, members] of fields(tree, '/etc/group')) {
    if (name === undefined || !isId(gid)) continue;
    groups.set(name, { name, gid: Number(gid), members: (members ?? '').split(',').filter((member) => member !== '') });
  }
  return { users, groups };
}

/**
 * Writes the four files, ordered by id, then name. The day of the last change of a password is left empty: it would differ
 * between two builds, and empty turns ageing off (shadow(5)).
 */
export function writeAccounts(tree: TreeEditor, accounts: AccountDatabase): void {
  const users = [...accounts.users.values()].sort((a, b) => a.uid - b.uid || compare(a.name, b.name));
  const groups = [...accounts.groups.values()].sort((a, b) => a.gid - b.gid || compare(a.name, b.name));
  const members = (group: AccountGroup): string => [...new Set(group.members)].sort(compare).join(',');
  const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join('');
  const secret = { mode: 0o640, gid: SHADOW_GID };

  tree.writeFile(
    '/etc/passwd',
    lines(users.map((u) => `${u.name}:x:${u.uid}:${u.gid}:${u.comment}:${u.home}:${u.shell}`)),
  );
  tree.writeFile('/etc/group', lines(groups.map((g) => `${g.name}:x:${g.gid}:${members(g)}`)));
  tree.writeFile('/etc/shadow', lines(users.map((u) => `${u.name}:${u.passwordHash ?? LOCKED}:::::::`)), secret);
  tree.writeFile('/etc/gshadow', lines(groups.map((g) => `${g.name}:!*::${members(g)}`)), secret);
}

/** The ids in use, and those that the lock keeps for accounts that are not there: what they own in `/var` is not for others. */
export function takenIds(accounts: AccountDatabase, pinned: PinnedIds): { users: Set<number>; groups: Set<number> } {
  return {
    users: new Set([...[...accounts.users.values()].map(({ uid }) => uid), ...Object.values(pinned.users)]),
    groups: new Set([...[...accounts.groups.values()].map(({ gid }) => gid), ...Object.values(pinned.groups)]),
  };
}

function fields(tree: TreeEditor, path: string): string[][] {
  return (tree.text(path) ?? '').split('\n').flatMap((line) => (line.includes(':') ? [line.split(':')] : []));
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^[0-9]{1,10}$/.test(text);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
