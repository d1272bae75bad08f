import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import type { DefinitionInput } from '../../../model/definition/definition-input.ts';
import { readInMemory } from '../../../store/read-content.ts';
import { assembleSystem } from './assemble-system.ts';
import { definitionOf } from './definition.fixture.ts';
import { type Entry, EPOCH, listing, treeOf } from './tree.fixture.ts';
import { TreeEditor } from './tree-editor.ts';

const UNITS = '/usr/lib/systemd/system';
const read = readInMemory;
const INSTALL = '[Install]\nWantedBy=multi-user.target\n';

const COMPOSED: Readonly<Record<string, Entry>> = {
  '/bin': { link: 'usr/bin' },
  '/sbin': { link: 'usr/sbin' },
  '/boot/vmlinuz-6.12': 'kernel',
  '/dev/null-like': '',
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33::/var/www:/bin/sh\n',
  '/etc/group': 'root:x:0:\nshadow:x:42:\nwww-data:x:33:\n',
  '/etc/shadow': { text: 'root:*:20000:0:99999:7:::\n', mode: 0o640, gid: 42 },
  '/etc/skel/.profile': '# profile\n',
  '/etc/fstab': '# UNCONFIGURED\n',
  '/root/.bashrc': '# root\n',
  '/root/': { mode: 0o700 },
  '/home/': '',
  '/usr/bin/bash': 'elf',
  '/usr/bin/login': 'elf',
  '/usr/bin/su': { text: 'elf', mode: 0o4755 },
  '/usr/sbin/agetty': 'elf',
  '/usr/sbin/sshd': 'elf',
  '/usr/sbin/nginx': 'elf',
  '/usr/share/zoneinfo/Europe/Berlin': 'TZif',
  '/usr/lib/os-release': 'PRETTY_NAME="Debian"\nID=debian\nIMAGE_ID=old\n',
  [`${UNITS}/multi-user.target`]: '[Unit]\n',
  [`${UNITS}/default.target`]: { link: 'graphical.target' },
  [`${UNITS}/getty.target`]: '[Unit]\n',
  [`${UNITS}/multi-user.target.wants/getty.target`]: { link: '../getty.target' },
  [`${UNITS}/nginx.service`]: `[Service]\nExecStart=/usr/sbin/nginx\n${INSTALL}`,
  [`${UNITS}/ssh.service`]: `[Service]\nExecStart=/usr/sbin/sshd\n${INSTALL}`,
  [`${UNITS}/ssh.socket`]: '[Socket]\nListenStream=22\n[Install]\nWantedBy=sockets.target\n',
  [`${UNITS}/serial-getty@.service`]: '[Service]\nExecStart=-/sbin/agetty\n[Install]\nWantedBy=getty.target\n',
  [`${UNITS}/systemd-networkd.service`]: `[Service]\nExecStart=/usr/bin/bash\n${INSTALL}`,
  '/etc/systemd/system/multi-user.target.wants/ssh.service': { link: `${UNITS}/ssh.service` },
  '/var/lib/dpkg/status': '',
  '/var/lib/nginx/': { mode: 0o750, uid: 33 },
  '/var/log/nginx/access.log': { mode: 0o640, uid: 33 },
};

function assembled(input: Partial<DefinitionInput> = {}) {
  const composed = treeOf(COMPOSED);
  const system = assembleSystem(composed.root, definitionOf({ name: 'web', version: '1.2.0', ...input }), {
    release: { id: 'web', version: '1.2.0' },
    epoch: EPOCH,
    read,
  });
  return { ...system, tree: new TreeEditor(system.root, 0n, read) };
}

test('the root holds nothing that changes: home and root are in /var, and /var is empty', () => {
  const { tree } = assembled();
  assert.deepEqual(
    listing(tree).filter((line) => /^\/(home|root|var|boot|dev|run|tmp)\b/.test(line)),
    ['/boot', '/dev', '/home -> var/home', '/root -> var/roothome', '/run', '/tmp', '/var'],
  );
  assert.equal(tree.text('/usr/share/factory/var/roothome/.bashrc'), '# root\n');
  assert.match(tree.text('/usr/lib/tmpfiles.d/ashlar-var.conf') ?? '', /^d \/var\/lib\/nginx 0750 33 0 - -$/m);
});

test('the image says what it is, and leaves who it is to the device', () => {
  const { tree } = assembled({ hostname: 'web1.example.org', timeZone: 'Europe/Berlin', modules: ['br_netfilter'] });
  assert.equal(tree.text('/etc/os-release'), 'PRETTY_NAME="Debian"\nID=debian\nIMAGE_ID=web\nIMAGE_VERSION=1.2.0\n');
  assert.equal(tree.text('/etc/machine-id'), 'uninitialized\n');
  assert.match(tree.text('/etc/hosts') ?? '', /^127\.0\.1\.1 web1\.example\.org web1$/m);
  assert.equal(tree.text('/etc/localtime'), 'TZif');
  assert.equal(tree.text('/usr/lib/modules-load.d/50-ashlar.conf'), 'br_netfilter\n');
  assert.equal(tree.find('/etc/fstab'), undefined);
});

test('by default nobody can log in, nothing listens, and no program has another’s rights', () => {
  const { report } = assembled();
  assert.deepEqual(report.surface.setuid, []);
  assert.deepEqual(
    report.surface.accounts.filter(({ login }) => login),
    [],
  );
  assert.deepEqual(report.surface.sockets, [{ unit: 'ssh.socket', listens: ['22'], network: true, started: false }]);
  assert.deepEqual(
    report.surface.units.map(({ unit }) => unit),
    [
      'ashlar-resolv-conf.path',
      'ashlar-status.service',
      'getty.target',
      'multi-user.target',
      'systemd-networkd.service',
    ],
  );
  assert.deepEqual(report.stripped, [{ path: '/usr/bin/su', mode: 0o4755, capabilities: false }]);
});

test('what the definition asks for is there: users, keys, files, services, a console', () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl a@b';
  const { tree, report, ids } = assembled({
    users: { alice: { shell: '/bin/bash', sshKeys: [key] } },
    files: {
      '/srv/index.html': 'hi',
      '/home/alice/note': { content: 'n', mode: '0600', owner: 'alice', group: 'alice' },
    },
    directories: { '/var/lib/app': { mode: '0700', owner: 'www-data' } },
    symlinks: { '/etc/app': '/srv/app' },
    services: { enable: ['nginx.service', 'ssh.service'] },
    console: { serial: true, login: 'root-autologin' },
    units: { 'hello.service': { content: `[Service]\nExecStart=/usr/bin/bash\n${INSTALL}`, enable: true } },
    surface: { setuid: ['/usr/bin/su'] },
  });
  const started = report.surface.units.map(({ unit }) => unit);
  for (const unit of [
    'nginx.service',
    'ssh.service',
    'hello.service',
    'serial-getty@ttyS0.service',
    'ashlar-ssh-host-key.service',
  ]) {
    assert.ok(started.includes(unit), unit);
  }
  assert.deepEqual(
    report.surface.accounts.flatMap(({ name, login }) => (login ? name : [])),
    ['alice', 'root'],
  );
  assert.equal(tree.text('/etc/ssh/authorized_keys.d/alice'), `${key}\n`);
  assert.equal(tree.text('/srv/index.html'), 'hi');
  assert.equal(tree.find('/usr/share/factory/var/home/alice/note')?.uid, 1000);
  assert.equal(tree.text('/usr/share/factory/var/home/alice/.profile'), '# profile\n');
  assert.match(tree.text('/usr/lib/tmpfiles.d/ashlar-var.conf') ?? '', /^d \/var\/lib\/app 0700 33 0 - -$/m);
  assert.match(tree.text('/usr/lib/tmpfiles.d/ashlar-var.conf') ?? '', /^d \/var\/home\/alice 0700 1000 1000 - -$/m);
  assert.match(
    tree.text('/etc/systemd/system/serial-getty@ttyS0.service.d/50-autologin.conf') ?? '',
    /--autologin root --keep-baud/,
  );
  assert.deepEqual(
    report.surface.setuid.map(({ path }) => path),
    ['/usr/bin/su'],
  );
  assert.deepEqual(ids.users, { alice: 1000 });
});

test('the same inputs give the same tree, nothing in it is younger than the epoch, and the composed tree is untouched', () => {
  const composed = treeOf(COMPOSED);
  const before = listing(composed);
  const options = { release: { id: 'web', version: '1.2.0' }, epoch: EPOCH, read };
  const one = assembleSystem(composed.root, definitionOf({ users: { zoe: {}, abe: {} } }), options);
  const two = assembleSystem(composed.root, definitionOf({ users: { abe: {}, zoe: {} } }), options);
  assert.deepEqual(two, one);
  assert.deepEqual(listing(composed), before);
});

test('what the image lacks is said with what to add', () => {
  assert.throws(() => assembled({ timeZone: 'Europe/Paris' }), {
    code: 'definition-invalid',
    message: /Europe\/Paris/,
  });
  assert.throws(() => assembled({ locale: 'de_DE.UTF-8' }), { code: 'definition-invalid', message: /de_DE\.UTF-8/ });
  assert.throws(() => assembled({ files: { '/etc/x': { content: '', owner: 'www-dta' } } }), {
    code: 'definition-invalid',
    message: /\/etc\/x: there is no user "www-dta" \(did you mean "www-data"\?\)/,
  });
});

test('the scripts are valid shell, and the exit code of the status is what its line says', () => {
  const { tree } = assembled();
  const scripts = listing(tree, '/usr/lib/ashlar/').filter((path) => tree.text(path)?.startsWith('#!/bin/sh'));
  assert.deepEqual(scripts, ['/usr/lib/ashlar/resolv-conf', '/usr/lib/ashlar/ssh-host-key', '/usr/lib/ashlar/status']);
  for (const path of scripts) {
    const checked = spawnSync('sh', ['-n'], { input: tree.text(path) ?? '' });
    assert.equal(checked.status, 0, `${path}: ${checked.stderr}`);
  }
  const status = spawnSync('sh', ['-s', '--', '--line'], { input: tree.text('/usr/lib/ashlar/status') ?? '' });
  const line =
    /^ashlar-status: image=\S* version=\S* verified=(yes|no) read-only=(yes|no) boot-chain=(not-)?enforced$/m;
  const [, verified, readOnly] = line.exec(status.stdout.toString()) ?? [];
  assert.ok(verified !== undefined, status.stdout.toString());
  assert.equal(status.status, verified === 'yes' && readOnly === 'yes' ? 0 : 3);
});
