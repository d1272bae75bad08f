import { closest } from '../../../model/closest.ts';
import type { Definition } from '../../../model/definition/definition.ts';
import { AshlarError } from '../../../model/error.ts';
import type { AccountDatabase } from './accounts/account-database.ts';
import type { Attributes, TreeEditor } from './tree-editor.ts';

type ContentPart = Pick<Definition, 'files' | 'directories' | 'symlinks' | 'units' | 'users'>;
type Owned = { readonly mode: number; readonly owner: string | number; readonly group: string | number };

/**
 * Lays the definition's directories, files, units and home folders over the tree; they replace what packages have at the same
 * paths. Throws `definition-invalid` with every owner that does not exist.
 */
export function writeDefinitionContent(tree: TreeEditor, definition: ContentPart, accounts: AccountDatabase): void {
  const unknown: string[] = [];
  const attributes = (path: string, entry: Owned): Attributes => ({
    mode: entry.mode,
    uid: idOf(entry.owner, 'user', path, accounts, unknown),
    gid: idOf(entry.group, 'group', path, accounts, unknown),
  });

  writeHomes(tree, definition, accounts);
  for (const [path, entry] of Object.entries(definition.directories)) {
    tree.makeDirectory(path, attributes(path, entry));
  }
  for (const [path, entry] of Object.entries(definition.files)) {
    tree.writeFile(path, entry.content, attributes(path, entry));
  }
  for (const [name, { content, dropIns }] of Object.entries(definition.units)) {
    if (content !== undefined) tree.writeFile(`/etc/systemd/system/${name}`, content);
    for (const [dropIn, text] of Object.entries(dropIns))
      tree.writeFile(`/etc/systemd/system/${name}.d/${dropIn}`, text);
  }
  if (unknown.length > 0) {
    throw new AshlarError('definition-invalid', `Owners do not exist:\n  ${unknown.join('\n  ')}`, {
      hint: 'Add them to users or groups, correct the name, or add the package that makes the account.',
    });
  }
}

/** Symbolic links come last, after units have been enabled: links under `/etc/systemd` are then the definition's own. */
export function writeDefinitionLinks(tree: TreeEditor, { symlinks }: Pick<Definition, 'symlinks'>): void {
  for (const [path, target] of Object.entries(symlinks)) tree.writeSymlink(path, target);
}

/** Home folders of people (users that are no services), with the skeleton that `/etc/skel` has for them. */
function writeHomes(tree: TreeEditor, { users }: ContentPart, accounts: AccountDatabase): void {
  const skeleton = tree.directory('/etc/skel')?.children ?? new Map();
  for (const [name, user] of Object.entries(users)) {
    const account = accounts.users.get(name);
    if (account === undefined || user.system || name === 'root' || !account.home.startsWith('/var/home/')) continue;
    const owner = { uid: account.uid, gid: account.gid };
    const home = tree.makeDirectory(account.home, { mode: 0o700, ...owner });
    for (const [file, node] of skeleton) {
      if (node.type === 'file' && !home.children.has(file)) home.children.set(file, { ...node, ...owner });
    }
  }
}

function idOf(
  owner: string | number,
  kind: 'user' | 'group',
  path: string,
  accounts: AccountDatabase,
  unknown: string[],
): number {
  if (typeof owner === 'number') return owner;
  const id = kind === 'user' ? accounts.users.get(owner)?.uid : accounts.groups.get(owner)?.gid;
  if (id !== undefined) return id;
  const meant = closest(owner, kind === 'user' ? [...accounts.users.keys()] : [...accounts.groups.keys()]);
  const question = meant === undefined ? '' : ` (did you mean "${meant}"?)`;
  unknown.push(`${path}: there is no ${kind} "${owner}"${question}`);
  return 0;
}
