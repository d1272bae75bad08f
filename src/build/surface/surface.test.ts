import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from '../../model/byte-string.ts';
import { readInMemory } from '../../store/read-content.ts';
import { type Entry, treeOf } from '../assemble/system/tree.fixture.ts';
import { capabilityText } from './capability-text.ts';
import { readSurface } from './read-surface.ts';
import { surfaceSchema } from './surface.ts';

const read = readInMemory;
const UNITS = '/usr/lib/systemd/system';

/** `struct vfs_cap_data`, revision 2. */
function capabilities(flags: number, permitted: bigint, inheritable: bigint): Buffer {
  const value = Buffer.alloc(20);
  value.writeUInt32LE((2 << 24) | flags, 0);
  value.writeUInt32LE(Number(permitted & 0xffff_ffffn), 4);
  value.writeUInt32LE(Number(inheritable & 0xffff_ffffn), 8);
  value.writeUInt32LE(Number(permitted >> 32n), 12);
  value.writeUInt32LE(Number(inheritable >> 32n), 16);
  return value;
}

test('capabilities read as getcap prints them', () => {
  assert.equal(capabilityText(capabilities(1, 1n << 13n, 0n)), 'cap_net_raw=ep');
  assert.equal(capabilityText(capabilities(0, (1n << 21n) | (1n << 39n), 1n << 39n)), 'cap_sys_admin=p cap_bpf=ip');
  assert.equal(capabilityText(capabilities(1, 1n << 63n, 0n)), 'cap_63=ep');
  assert.equal(capabilityText(Buffer.from('0102', 'hex')), 'invalid 0102');
  assert.equal(capabilityText(Buffer.alloc(1_000)), `invalid ${'00'.repeat(64)}`);
});

const SYSTEM: Readonly<Record<string, Entry>> = {
  '/etc/systemd/system/default.target': { link: `${UNITS}/multi-user.target` },
  [`${UNITS}/multi-user.target`]: '[Unit]\nRequires=basic.target\n',
  [`${UNITS}/basic.target`]: '[Unit]\nWants=sockets.target masked.service missing.service\n',
  [`${UNITS}/sockets.target`]: '[Unit]\n',
  '/etc/systemd/system/masked.service': { link: '/dev/null' },
  '/etc/systemd/system/multi-user.target.wants/web.service': { link: `${UNITS}/web.service` },
  '/etc/systemd/system/www.service': { link: `${UNITS}/web.service` },
  '/etc/systemd/system/www.service.wants/helper@one.service': { link: `${UNITS}/helper@.service` },
  [`${UNITS}/web.service`]: '[Unit]\nWants=\n[Service]\nExecStart=/usr/sbin/web\n',
  [`${UNITS}/helper@.service`]: '[Service]\nExecStart=/usr/sbin/web\n',
  [`${UNITS}/sockets.target.wants/open.socket`]: { link: '../open.socket' },
  [`${UNITS}/open.socket`]: '[Socket]\nListenStream=0.0.0.0:80\nListenStream=/run/x\n',
  [`${UNITS}/local.socket`]: '[Socket]\nListenStream=127.0.0.1:9\nListenDatagram=@abstract\nListenNetlink=route 1\n',
  '/usr/bin/bash': { text: 'elf', mode: 0o755 },
  '/usr/bin/su': { text: 'elf', mode: 0o4755 },
  '/etc/passwd': 'root:x:0:0::/root:/bin/bash\nann:x:1000:1000::/h:/usr/bin/bash\nbob:x:1001:1000::/h:/sbin/nologin\n',
  '/etc/group': 'root:x:0:\npeople:x:1000:\nadm:x:4:ann\n',
  '/etc/shadow': 'root:!*:::::::\nann:!*:::::::\nbob:$y$a:::::::\n',
  '/etc/ssh/authorized_keys.d/ann': '# laptop\nssh-ed25519 AAAA\n\n',
  '/bin': { link: 'usr/bin' },
};

test('the surface is read off the tree', () => {
  const tree = treeOf(SYSTEM);
  const bash = tree.find('/usr/bin/bash');
  assert.ok(bash !== undefined);
  bash.xattrs = new Map([[bytesOf('security.capability'), capabilities(1, 1n << 13n, 0n)]]);
  const surface = surfaceSchema.parse(readSurface(tree.root, read));
  assert.deepEqual(surface.setuid, [{ path: '/usr/bin/su', mode: 0o4755, uid: 0, gid: 0 }]);
  assert.deepEqual(surface.capabilities, [{ path: '/usr/bin/bash', capabilities: 'cap_net_raw=ep' }]);
  assert.deepEqual(surface.shells, ['/usr/bin/bash']);
  assert.deepEqual(surface.units, [
    { unit: 'basic.target', by: ['boot', 'multi-user.target'] },
    { unit: 'helper@one.service', by: ['web.service'] },
    { unit: 'multi-user.target', by: ['boot'] },
    { unit: 'open.socket', by: ['sockets.target'] },
    { unit: 'sockets.target', by: ['basic.target'] },
    { unit: 'web.service', by: ['multi-user.target'] },
  ]);
  assert.deepEqual(surface.sockets, [
    { unit: 'local.socket', listens: ['127.0.0.1:9', '@abstract', 'route 1'], network: false, started: false },
    { unit: 'open.socket', listens: ['0.0.0.0:80', '/run/x'], network: true, started: true },
  ]);
  assert.deepEqual(
    surface.accounts.map(({ name, groups, sshKeys, password, login }) => [
      name,
      groups.join(),
      sshKeys,
      password,
      login,
    ]),
    [
      ['ann', 'adm,people', 1, false, true],
      ['bob', 'people', 0, true, false],
      ['root', 'root', 0, false, false],
    ],
  );
});
