import { closest } from '../../../../model/closest.ts';
import type { Definition, User } from '../../../../model/definition/definition.ts';
import { AshlarError } from '../../../../model/error.ts';
import type { PinnedIds } from '../../../../model/lock.ts';
import { type Account, type AccountDatabase, takenIds } from './account-database.ts';
import { freeId } from './free-id.ts';

/** No one can log in with this shell, whether the program is in the image or not. */
const NO_SHELL = '/usr/sbin/nologin';
/** What `root-autologin` gives root when the definition names no shell. */
const ROOT_SHELL = '/bin/bash';

/**
 * Lays the definition's users and groups over those of the packages. Accounts that the definition does not name keep their ids
 * and lose their password and shell; groups that it does not name stay as they are. Ids: the definition's, else the one that is
 * there, else the lock's, else a free one.
 *
 * Throws `definition-invalid` with every id in conflict and every group that does not exist.
 */
export function applyDefinitionAccounts(
  accounts: AccountDatabase,
  definition: Pick<Definition, 'users' | 'groups' | 'console'>,
  pinned: PinnedIds,
): void {
  const problems: string[] = [];
  const taken = takenIds(accounts, pinned);

  const choose = (kind: 'users' | 'groups', name: string, given: number | undefined, system: boolean, own?: number) => {
    const holder = given === undefined ? undefined : holderOf(accounts, kind, given);
    if (holder !== undefined && holder !== name) {
      problems.push(`${kind}["${name}"]: the id ${given} is ${holder}'s`);
    }
    const matching = own !== undefined && !taken[kind].has(own) ? own : undefined;
    const id = given ?? pinned[kind][name] ?? matching ?? freeId(new Set([...taken.users, ...taken.groups]), system);
    taken[kind].add(id);
    return id;
  };

  const addGroup = (name: string, gid: number | undefined, system: boolean, own?: number): number => {
    const there = accounts.groups.get(name);
    if (there === undefined) {
      const chosen = choose('groups', name, gid, system, own);
      accounts.groups.set(name, { name, gid: chosen, members: [] });
      return chosen;
    }
    if (gid !== undefined && gid !== there.gid) {
      problems.push(`groups["${name}"].gid: a package has made this group with the id ${there.gid}, not ${gid}`);
    }
    return there.gid;
  };

  const groupNamed = (user: string, field: string, name: string) => {
    const group = accounts.groups.get(name);
    if (group === undefined) {
      const meant = closest(name, [...accounts.groups.keys()]);
      const question = meant === undefined ? 'add it to groups' : `did you mean "${meant}"?`;
      problems.push(`users["${user}"].${field}: there is no group "${name}": ${question}`);
    }
    return group;
  };

  const newAccount = (name: string, user: User): Account => {
    const uid = choose('users', name, user.uid, user.system);
    const gid =
      user.group === name
        ? addGroup(name, undefined, user.system, uid)
        : (groupNamed(name, 'group', user.group)?.gid ?? 0);
    return {
      name,
      uid,
      gid,
      comment: user.comment,
      home: user.home,
      shell: user.shell,
      passwordHash: user.passwordHash,
    };
  };

  const changed = (there: Account, user: User): Account => {
    if (user.uid !== undefined && user.uid !== there.uid) {
      problems.push(
        `users["${there.name}"].uid: a package has made this user with the id ${there.uid}, not ${user.uid}`,
      );
    }
    // The definition's defaults are for users that it makes: a package knows better where its own are at home.
    const ownGroup = user.group === there.name;
    const defaultHome = user.system ? `/var/lib/${there.name}` : `/var/home/${there.name}`;
    return {
      ...there,
      gid: ownGroup ? there.gid : (groupNamed(there.name, 'group', user.group)?.gid ?? there.gid),
      comment: user.comment === '' ? there.comment : user.comment,
      home: user.home === defaultHome ? there.home : user.home,
      shell: user.shell,
      passwordHash: user.passwordHash,
    };
  };

  for (const [name, account] of accounts.users) {
    accounts.users.set(name, { ...account, shell: NO_SHELL, passwordHash: undefined });
  }
  for (const [name, { gid, system }] of Object.entries(definition.groups)) addGroup(name, gid, system);
  for (const [name, user] of Object.entries(definition.users)) {
    const there = accounts.users.get(name);
    accounts.users.set(name, there === undefined ? newAccount(name, user) : changed(there, user));
  }
  for (const [name, user] of Object.entries(definition.users)) {
    for (const group of user.groups) groupNamed(name, 'groups', group)?.members.push(name);
  }
  const root = accounts.users.get('root');
  if (definition.console.login === 'root-autologin' && root?.shell === NO_SHELL) root.shell = ROOT_SHELL;

  if (problems.length > 0) {
    throw new AshlarError(
      'definition-invalid',
      `Users and groups do not fit the packages:\n  ${problems.join('\n  ')}`,
      {
        hint: 'Correct them in the definition; `ashlar inspect --surface` lists the accounts of an image.',
      },
    );
  }
}

function holderOf(accounts: AccountDatabase, kind: 'users' | 'groups', id: number): string | undefined {
  if (kind === 'users') return [...accounts.users.values()].find(({ uid }) => uid === id)?.name;
  return [...accounts.groups.values()].find(({ gid }) => gid === id)?.name;
}

/** Ids below this are Debian's own and the same everywhere (Debian Policy, 9.2.2). */
const FIRST_ALLOCATED_ID = 100;

/** What the lock is to pin: every id that was handed out and not fixed by Debian, and what it pinned before. */
export function idsToPin(accounts: AccountDatabase, pinned: PinnedIds): PinnedIds {
  const allocated = (entries: readonly (readonly [string, number])[]): Record<string, number> =>
    Object.fromEntries(entries.filter(([, id]) => id >= FIRST_ALLOCATED_ID && id < 65_534));
  return {
    users: { ...pinned.users, ...allocated([...accounts.users.values()].map(({ name, uid }) => [name, uid])) },
    groups: { ...pinned.groups, ...allocated([...accounts.groups.values()].map(({ name, gid }) => [name, gid])) },
  };
}
