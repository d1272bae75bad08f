import { type ByteString, bytesOf, display } from '../../model/byte-string.ts';
import type { DirectoryNode } from '../../model/tree.ts';
import type { ReadContent } from '../../store/read-content.ts';
import { readAccounts } from '../assemble/system/accounts/account-database.ts';
import { entriesBelow } from '../assemble/system/leave-out/remover.ts';
import { TreeEditor } from '../assemble/system/tree-editor.ts';
import { UnitDirectory } from '../assemble/system/units/unit-directory.ts';
import { lastSetting } from '../assemble/system/units/unit-file.ts';
import { capabilityText } from './capability-text.ts';
import { startedUnits } from './started-units.ts';
import type { Surface } from './surface.ts';

const SETUID_SETGID = 0o6000;
const CAPABILITY_XATTR = bytesOf('security.capability');
/** Interpreters that take commands from whoever runs them. */
const SHELLS = ['ash', 'bash', 'busybox', 'csh', 'dash', 'fish', 'ksh', 'mksh', 'rbash', 'sh', 'tcsh', 'yash', 'zsh'];
const LISTENING = [
  'ListenStream',
  'ListenDatagram',
  'ListenSequentialPacket',
  'ListenFIFO',
  'ListenNetlink',
  'ListenMessageQueue',
  'ListenSpecial',
  'ListenUSBFunction',
];
/** These name something inside the machine, whatever their value. */
const LOCAL_ONLY = new Set(['ListenFIFO', 'ListenNetlink', 'ListenMessageQueue', 'ListenSpecial', 'ListenUSBFunction']);

/** Reads the attack surface of an image off its tree; `read` gives the contents of its files. */
export function readSurface(root: DirectoryNode, read: ReadContent): Surface {
  const tree = new TreeEditor(root, 0n, read);
  const units = new UnitDirectory(tree, 'system');
  const started = startedUnits(tree, units);
  return {
    ...privileged(root),
    units: sortedBy(
      [...started].map(([unit, by]) => ({ unit, by: [...by].sort() })),
      ({ unit }) => unit,
    ),
    sockets: sockets(units, started),
    shells: ['/usr/bin', '/usr/sbin'].flatMap((directory) =>
      SHELLS.map((name) => `${directory}/${name}`).filter((path) => tree.resolve(path)?.type === 'file'),
    ),
    accounts: accounts(tree),
  };
}

function privileged(root: DirectoryNode): Pick<Surface, 'setuid' | 'capabilities'> {
  const setuid: Surface['setuid'] = [];
  const capabilities: Surface['capabilities'] = [];
  for (const { node, path } of entriesBelow(root)) {
    if (node.type !== 'file') continue;
    const shown = `/${display(path as ByteString)}`;
    if ((node.mode & SETUID_SETGID) !== 0) setuid.push({ path: shown, mode: node.mode, uid: node.uid, gid: node.gid });
    const value = node.xattrs.get(CAPABILITY_XATTR);
    if (value !== undefined) capabilities.push({ path: shown, capabilities: capabilityText(value) });
  }
  return { setuid: sortedBy(setuid, ({ path }) => path), capabilities: sortedBy(capabilities, ({ path }) => path) };
}

function sockets(units: UnitDirectory, started: ReadonlyMap<string, unknown>): Surface['sockets'] {
  return units.names().flatMap((unit) => {
    const found = unit.endsWith('.socket') ? units.find(unit) : undefined;
    if (found?.kind !== 'file') return [];
    const addresses = found.settings.filter(({ section, key }) => section === 'Socket' && LISTENING.includes(key));
    return [
      {
        unit,
        listens: addresses.map(({ value }) => value),
        network: addresses.some(({ key, value }) => !LOCAL_ONLY.has(key) && !isLocalAddress(value)),
        started: started.has(unit),
      },
    ];
  });
}

/** A path, an abstract name, or a loopback address (systemd.socket(5)); anything else can be reached from outside. */
function isLocalAddress(address: string): boolean {
  return /^[/@%]|^127\.|^\[::1\]|^localhost:|^vsock:1:/.test(address);
}

function accounts(tree: TreeEditor): Surface['accounts'] {
  const { users, groups } = readAccounts(tree);
  const all = [...users.values()].map((user) => {
    const keys = (tree.text(`/etc/ssh/authorized_keys.d/${user.name}`) ?? '').split('\n');
    const sshKeys = keys.filter((line) => line.trim() !== '' && !line.startsWith('#')).length;
    const password = user.passwordHash !== undefined;
    const shellWorks = !/\/(nologin|false)$/.test(user.shell) && tree.resolve(user.shell || '/bin/sh')?.type === 'file';
    return {
      name: user.name,
      uid: user.uid,
      groups: [...groups.values()]
        .filter(({ gid, members }) => gid === user.gid || members.includes(user.name))
        .map(({ name }) => name)
        .sort(),
      shell: user.shell,
      password,
      sshKeys,
      login: shellWorks && (password || sshKeys > 0 || logsInByItself(tree, user.name)),
    };
  });
  return sortedBy(all, ({ name }) => name);
}

/** Whether a console logs `user` in without asking. */
function logsInByItself(tree: TreeEditor, user: string): boolean {
  const units = new UnitDirectory(tree, 'system');
  const links = tree.directory('/etc/systemd/system/getty.target.wants')?.children.keys() ?? [];
  return [...links].some((name) => {
    const found = units.find(name);
    const command = found?.kind === 'file' ? (lastSetting(found.settings, 'Service', 'ExecStart') ?? '') : '';
    return command.includes(`--autologin ${user} `);
  });
}

function sortedBy<Item>(items: readonly Item[], key: (item: Item) => string): Item[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
