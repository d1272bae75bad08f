import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from '../../../model/byte-string.ts';
import { stripPrivileges } from './privileges.ts';
import { treeOf } from './tree.fixture.ts';

function privilegedTree() {
  const tree = treeOf({
    '/usr/bin/su': { mode: 0o4755 },
    '/usr/bin/wall': { mode: 0o2755 },
    '/usr/bin/ping': { mode: 0o755 },
    '/usr/bin/plain': { mode: 0o755 },
    '/bin': { link: 'usr/bin' },
    '/srv/shared/': { mode: 0o2775 },
  });
  const ping = tree.find('/usr/bin/ping');
  assert.ok(ping !== undefined);
  ping.xattrs = new Map([
    [bytesOf('security.capability'), Buffer.alloc(20)],
    [bytesOf('user.note'), Buffer.from('x')],
  ]);
  return tree;
}

test('bits and capabilities come off files, and stay on folders', () => {
  const tree = privilegedTree();
  assert.deepEqual(stripPrivileges(tree, []), [
    { path: '/usr/bin/ping', mode: 0o755, capabilities: true },
    { path: '/usr/bin/su', mode: 0o4755, capabilities: false },
    { path: '/usr/bin/wall', mode: 0o2755, capabilities: false },
  ]);
  assert.equal(tree.find('/usr/bin/su')?.mode, 0o755);
  assert.deepEqual([...(tree.find('/usr/bin/ping')?.xattrs.keys() ?? [])], ['user.note']);
  assert.equal(tree.find('/srv/shared')?.mode, 0o2775);
});

test('a path that is allowed keeps them, also when it is named through a link', () => {
  const tree = privilegedTree();
  assert.deepEqual(
    stripPrivileges(tree, ['/bin/su', '/usr/bin/ping']).map(({ path }) => path),
    ['/usr/bin/wall'],
  );
  assert.equal(tree.find('/usr/bin/su')?.mode, 0o4755);
});

test('an allowed path that is no file is an error', () => {
  assert.throws(() => stripPrivileges(privilegedTree(), ['/usr/bin/sudo']), {
    code: 'definition-invalid',
    message: /\/usr\/bin\/sudo/,
  });
});
