import { bytesOf } from '../../../../model/byte-string.ts';
import type { Definition } from '../../../../model/definition/definition.ts';
import type { PinnedIds } from '../../../../model/lock.ts';
import type { TreeEditor } from '../tree-editor.ts';
import { type AccountDatabase, takenIds } from './account-database.ts';
import { freeId } from './free-id.ts';

/** A line of sysusers.d(5). */
interface SysusersLine {
  readonly type: 'u' | 'g' | 'm' | 'r';
  readonly name: string;
  readonly id: string | undefined;
  readonly comment: string | undefined;
  readonly home: string | undefined;
  readonly shell: string | undefined;
}

/** A file in an earlier directory hides one of the same name in a later one. */
const DIRECTORIES = ['/etc/sysusers.d', '/usr/local/lib/sysusers.d', '/usr/lib/sysusers.d'];

/**
 * Adds the users and groups that sysusers.d(5) files, given as `texts`, ask for and that are not there yet, as systemd-sysusers would at boot: an id
 * that is given in the file, else one that the lock pins, else the highest free one for services. Specifiers other than `%%` and
 * lines that are malformed are passed over.
 */
export function applySysusers(texts: readonly string[], accounts: AccountDatabase, pinned: PinnedIds): void {
  const lines = texts.flatMap((text) => text.split('\n').flatMap(parseLine));
  const { users: takenUsers, groups: takenGroups } = takenIds(accounts, pinned);

  const addGroup = (name: string, wanted: number | undefined): number => {
    const there = accounts.groups.get(name);
    if (there !== undefined) return there.gid;
    const free = wanted !== undefined && !takenGroups.has(wanted) ? wanted : undefined;
    const gid = pinned.groups[name] ?? free ?? freeId(new Set([...takenUsers, ...takenGroups]), true);
    takenGroups.add(gid);
    accounts.groups.set(name, { name, gid, members: [] });
    return gid;
  };

  const addUser = (line: SysusersLine): void => {
    if (accounts.users.has(line.name)) return;
    const [wantedUid, wantedGroup] = (line.id ?? '-').split(':');
    const uidGiven = numeric(wantedUid);
    const group =
      wantedGroup === undefined ? undefined : (numeric(wantedGroup) ?? accounts.groups.get(wantedGroup)?.gid);
    const gid = group ?? addGroup(line.name, uidGiven);
    const uid =
      pinned.users[line.name] ??
      [uidGiven, gid].find((id) => id !== undefined && !takenUsers.has(id)) ??
      freeId(new Set([...takenUsers, ...takenGroups]), true);
    takenUsers.add(uid);
    accounts.users.set(line.name, {
      name: line.name,
      uid,
      gid,
      comment: line.comment ?? '',
      home: line.home ?? '/',
      shell: line.shell ?? (line.name === 'root' ? '/bin/sh' : '/usr/sbin/nologin'),
      passwordHash: undefined,
    });
  };

  // Groups first: a user may name one of them as its own (sysusers.d(5) allows any order).
  for (const line of lines) if (line.type === 'g') addGroup(line.name, numeric(line.id));
  for (const line of lines) if (line.type === 'u') addUser(line);
  for (const line of lines) {
    if (line.type !== 'm' || line.id === undefined) continue;
    addGroup(line.id, undefined);
    const members = accounts.groups.get(line.id)?.members;
    if (members?.includes(line.name) === false) members.push(line.name);
  }
}

/** The texts of the sysusers.d files of packages and of the definition, in the order in which they are read. */
export function sysusersTexts(tree: TreeEditor, { files }: Pick<Definition, 'files'>): string[] {
  const texts = new Map<string, string>();
  for (const directory of DIRECTORIES) {
    const own = Object.keys(files).filter((path) => path.startsWith(`${directory}/`));
    const names = [
      ...(tree.directory(directory)?.children.keys() ?? []),
      ...own.map((path) => path.slice(directory.length + 1)),
    ];
    for (const name of names) {
      if (!name.endsWith('.conf') || name !== bytesOf(name) || texts.has(name)) continue;
      const path = `${directory}/${name}`;
      texts.set(name, files[path]?.content.bytes.toString('utf8') ?? tree.text(path) ?? '');
    }
  }
  return [...texts.keys()].sort().map((name) => texts.get(name) ?? '');
}

function parseLine(raw: string): SysusersLine[] {
  const words = (raw.trim().startsWith('#') ? '' : raw).match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  const [type, name, id, comment, home, shell] = words.map((word) => {
    const text = word.replace(/^(["'])(.*)\1$/, '$2').replaceAll('%%', '%');
    return text === '-' ? undefined : text;
  });
  // `u!` is a user whose account is locked altogether: all of ours are.
  const kind = type?.replace('!', '');
  if (name === undefined || (kind !== 'u' && kind !== 'g' && kind !== 'm' && kind !== 'r')) return [];
  return [{ type: kind, name, id, comment, home, shell }];
}

function numeric(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,5}$/.test(text) ? Number(text) : undefined;
}
