import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readAccounts, writeAccounts } from '../../src/build/assemble/system/accounts/account-database.ts';
import { applySysusers } from '../../src/build/assemble/system/accounts/sysusers.ts';
import { writeConsole } from '../../src/build/assemble/system/console.ts';
import { definitionOf } from '../../src/build/assemble/system/definition.fixture.ts';
import { moveVarToFactory } from '../../src/build/assemble/system/factory.ts';
import { writeFailedStart } from '../../src/build/assemble/system/failed-start.ts';
import { writeNetwork } from '../../src/build/assemble/system/network.ts';
import { writeSsh } from '../../src/build/assemble/system/ssh.ts';
import { writeStatus } from '../../src/build/assemble/system/status.ts';
import { listing, treeOf } from '../../src/build/assemble/system/tree.fixture.ts';
import { TreeEditor } from '../../src/build/assemble/system/tree-editor.ts';
import { PRESET_LINKS, PRESET_TREE } from '../../src/build/assemble/system/units/preset.fixture.ts';
import { disableAll, presetAll } from '../../src/build/assemble/system/units/preset-all.ts';
import { readPresets } from '../../src/build/assemble/system/units/preset-rules.ts';
import type { UnitScope } from '../../src/build/assemble/system/units/unit-directory.ts';
import { treeChanges } from '../../src/build/diff/tree-changes.ts';
import { treeFromDirectory } from '../../src/build/tree-from-directory.ts';
import { contentInMemory } from '../../src/formats/tar/content-in-memory.ts';
import { NO_IDS } from '../../src/model/lock.ts';
import type { DirectoryNode } from '../../src/model/tree.ts';
import { readInMemory } from '../../src/store/read-content.ts';
import { runInTrixie, trixieObstacle, trixieOutput, trixieTree } from './trixie.ts';

const skip = trixieObstacle() ?? false;
const read = readInMemory;
let scratch = '';
before(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ashlar-system-'));
});
after(() => rmSync(scratch, { recursive: true, force: true }));

/** Writes the tree to disk, with modes and owners. */
function unpack(directory: DirectoryNode, path: string): void {
  mkdirSync(path, { recursive: true });
  for (const [name, node] of directory.children) {
    const at = Buffer.concat([Buffer.from(`${path}/`), Buffer.from(name, 'latin1')]);
    if (node.type === 'directory') unpack(node, at.toString());
    else if (node.type === 'file') writeFileSync(at, read(node.content));
    else if (node.type === 'symlink') symlinkSync(node.target, at);
    lchownSync(at, node.uid, node.gid);
    if (node.type !== 'symlink') chmodSync(at, node.mode);
  }
}

async function packed(path: string): Promise<TreeEditor> {
  return new TreeEditor(await treeFromDirectory(path, contentInMemory), 0n, read);
}

function enabledLinks(tree: TreeEditor, scope: UnitScope): string[] {
  return listing(tree, `/etc/systemd/${scope}/`).filter((line) => line.includes(' -> ') && !line.endsWith('/dev/null'));
}

test('presets: systemctl preset-all makes the links that the fixture holds', { skip }, async () => {
  const root = join(scratch, 'fixture');
  unpack(treeOf(PRESET_TREE).root, root);
  trixieOutput(['systemctl', `--root=${root}`, 'preset-all', '--quiet'], { binds: [scratch] });
  assert.deepEqual(enabledLinks(await packed(root), 'system'), PRESET_LINKS);
});

for (const scope of ['system', 'user'] as const) {
  test(`presets: the ${scope} units of Debian are enabled as systemctl preset-all would`, { skip }, async () => {
    const root = join(scratch, `debian-${scope}`);
    for (const folder of ['etc/systemd', 'usr/lib/systemd']) {
      cpSync(join(trixieTree(), folder), join(root, folder), { recursive: true, verbatimSymlinks: true });
    }
    const tree = await packed(root);
    disableAll(tree, scope);
    rmSync(join(root, 'etc/systemd'), { recursive: true });
    const links = presetAll(tree, scope, readPresets(tree, scope)).map(({ path, target }) => `${path} -> ${target}`);
    const flags = scope === 'user' ? ['--global'] : [];
    trixieOutput(['systemctl', `--root=${root}`, ...flags, 'preset-all', '--quiet'], { binds: [scratch] });
    assert.ok(links.length > 3);
    assert.deepEqual(links.sort(), enabledLinks(await packed(root), scope));
  });
}

test('factory: systemd-tmpfiles makes of an empty /var what packages had there', { skip }, async () => {
  const entries = {
    '/var/lib/app/': { mode: 0o2750, uid: 5, gid: 6 },
    '/var/lib/app/data': { text: 'some data', mode: 0o640, uid: 5, gid: 6 },
    '/var/log/app/empty.log': { mode: 0o600, uid: 33 },
    '/var/tmp/': { mode: 0o1777 },
    '/var/spool/mail': { link: '../mail' },
    '/var/spool/100%': { link: 'odd %n target' },
    '/var/lib/with space/"quoted" 100%\\x.conf': 'y',
    '/var/lib/größe': 'z',
  };
  const tree = treeOf(entries);
  moveVarToFactory(tree);
  const root = join(scratch, 'factory');
  unpack(tree.root, root);
  trixieOutput(['systemd-tmpfiles', `--root=${root}`, '--create', 'ashlar-var.conf'], { binds: [scratch] });
  const [made, wanted] = [(await packed(root)).directory('/var'), treeOf(entries).directory('/var')];
  assert.ok(made !== undefined && wanted !== undefined);
  assert.deepEqual(treeChanges(wanted, made), []);
});

test('sysusers: systemd-sysusers makes the same users and groups', { skip }, () => {
  const base = {
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n',
    '/etc/group': 'root:x:0:\nwww-data:x:33:\nsudo:x:27:\n',
    '/etc/shadow': 'root:!*:::::::\nwww-data:!*:::::::\n',
    '/etc/gshadow': 'root:!*::\nwww-data:!*::\nsudo:!*::\n',
  };
  const text = `u app - "An app" /var/lib/app
u fixed 200:sudo
u! other 300
g grp 400
u www-data 5 -
m app sudo
m app grp
`;
  const tree = treeOf(base);
  const accounts = readAccounts(tree);
  applySysusers([text], accounts, NO_IDS);
  writeAccounts(tree, accounts);
  const root = join(scratch, 'sysusers');
  unpack(treeOf({ ...base, '/usr/lib/sysusers.d/x.conf': text }).root, root);
  trixieOutput(['systemd-sysusers', `--root=${root}`], { binds: [scratch] });
  for (const file of ['passwd', 'group']) {
    const theirs = readFileSync(join(root, 'etc', file), 'utf8')
      .trim()
      .split('\n')
      .sort();
    assert.deepEqual((tree.text(`/etc/${file}`) ?? '').trim().split('\n').sort(), theirs);
  }
});

test('units: systemd-analyze verify finds nothing in those that Ashlar writes', { skip }, () => {
  const root = join(scratch, 'units');
  cpSync(join(trixieTree(), 'usr/lib/systemd/system'), join(root, 'usr/lib/systemd/system'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  rmSync(join(root, 'usr/lib/systemd/system/emergency.service'), { force: true });
  const program = { text: '', mode: 0o755 };
  const tree = treeOf({
    '/usr/sbin/sshd': program,
    '/usr/bin/login': program,
    '/bin/sh': program,
    '/sbin/agetty': program,
  });
  writeFailedStart(tree);
  const units = [
    'emergency.service',
    'ashlar-resolv-conf.service',
    ...writeNetwork(tree, definitionOf()),
    ...writeSsh(tree, definitionOf()),
    ...writeStatus(tree),
    ...writeConsole(tree, definitionOf({ console: { serial: true, login: 'root-autologin' } })),
  ];
  unpack(tree.root, root);
  const verify = (names: readonly string[]): string => {
    const argv = ['systemd-analyze', `--root=${root}`, '--man=no', 'verify', ...names];
    const { stdout, stderr } = runInTrixie(argv, { binds: [scratch] });
    return `${stdout}${stderr}`;
  };
  writeFileSync(join(root, 'usr/lib/systemd/system/wrong.service'), '[Service]\nExecStart=/missing\nNonsense=1\n');
  assert.match(verify(['wrong.service']), /Nonsense[\s\S]*\/missing/, 'the judge sees what is wrong');
  assert.equal(verify(units), '');
});
