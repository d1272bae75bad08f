import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '../../model/digest.ts';
import { type Lock, type LockedPackage, NO_IDS } from '../../model/lock.ts';
import { lockChanges, sameContents } from './lock-changes.ts';

const locked = (name: string, version: string, group: LockedPackage['group'] = 'root'): LockedPackage => ({
  name,
  version,
  architecture: 'all',
  group,
  archive: 'main',
  path: `pool/${name}_${version}_all.deb`,
  size: version.length * 100,
  sha256: sha256(name + version),
});
const lock = (...packages: LockedPackage[]): Lock => ({
  format: 'ashlar-lock/1',
  request: { distribution: 'debian', architecture: 'amd64', suites: [], install: [], boot: [], exclude: [] },
  indexes: [],
  packages,
  ids: NO_IDS,
});

test('what is added, removed and upgraded, and how the size changes', () => {
  const before = lock(locked('a', '1'), locked('b', '1'), locked('c', '1'));
  const after = lock(locked('d', '1'), locked('b', '1'), locked('a', '1.1'));
  assert.deepEqual(lockChanges(before, after), {
    added: [{ name: 'd', version: '1', size: 100 }],
    removed: [{ name: 'c', version: '1', size: 100 }],
    upgraded: [{ name: 'a', from: '1', to: '1.1', size: 300 }],
    size: { before: 300, after: 500 },
  });
});

test('without a lock before, everything is added', () => {
  assert.equal(lockChanges(undefined, lock(locked('a', '1'), locked('a', '1', 'boot'))).added.length, 1);
});

test('order, index dates and ids make no other contents; groups and requests do', () => {
  const [a, b] = [locked('a', '1'), locked('b', '1')];
  assert.ok(sameContents(lock(a, b), { ...lock(b, a), ids: { users: { x: 1 }, groups: {} } }));
  assert.ok(!sameContents(lock(a), lock(locked('a', '1', 'boot'))));
  assert.ok(!sameContents(lock(a), { ...lock(a), request: { ...lock(a).request, exclude: ['x'] } }));
});
