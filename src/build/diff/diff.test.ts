import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from '../../model/byte-string.ts';
import { type Entry, treeOf } from '../assemble/system/tree.fixture.ts';
import type { Surface } from '../surface/surface.ts';
import { packageChanges } from './package-changes.ts';
import { surfaceChanges } from './surface-changes.ts';
import { treeChanges } from './tree-changes.ts';

test('packages come, go, and change', () => {
  const list = (...pairs: string[]) =>
    pairs.map((pair) => ({ name: pair.split(' ')[0]!, version: pair.split(' ')[1]! }));
  assert.deepEqual(packageChanges(list('b 1', 'a 1', 'c 1'), list('d 1', 'a 1', 'b 2')), {
    added: [{ name: 'd', version: '1' }],
    removed: [{ name: 'c', version: '1' }],
    changed: [{ name: 'b', from: '1', to: '2' }],
  });
});

const OLD: Readonly<Record<string, Entry>> = {
  '/same': 'x',
  '/content': 'one',
  '/mode': { text: 'x', mode: 0o644 },
  '/owner': { text: 'x', mode: 0o644, uid: 1 },
  '/link': { link: 'a' },
  '/kind': 'file',
  '/folder/in/it': 'x',
};
const NEW: Readonly<Record<string, Entry>> = {
  '/same': 'x',
  '/content': 'three',
  '/mode': { text: 'x', mode: 0o4755 },
  '/owner': { text: 'x', mode: 0o644, uid: 2 },
  '/link': { link: 'b' },
  '/kind/now': 'folder',
  '/new': 'yy',
};

test('paths that differ are listed with what differs, times do not count', () => {
  const after = treeOf(NEW);
  const same = after.find('/same');
  assert.ok(same !== undefined);
  same.mtime = { seconds: 5n, nanoseconds: 5 };
  const changes = treeChanges(treeOf(OLD).root, after.root);
  assert.deepEqual(
    changes.map(({ path, change, aspects }) => [path, change, aspects.join()]),
    [
      ['/content', 'changed', 'content'],
      ['/folder', 'removed', ''],
      ['/folder/in', 'removed', ''],
      ['/folder/in/it', 'removed', ''],
      ['/kind', 'changed', 'type,mode'],
      ['/kind/now', 'added', ''],
      ['/link', 'changed', 'target'],
      ['/mode', 'changed', 'mode'],
      ['/new', 'added', ''],
      ['/owner', 'changed', 'owner'],
    ],
  );
  assert.equal(changes[0]?.before?.size, 3);
  assert.equal(changes[0]?.after?.size, 5);
});

test('extended attributes and sparse contents count', () => {
  const [before, after] = [treeOf({ '/a': 'x', '/s': '' }), treeOf({ '/a': 'x', '/s': '' })];
  const attributed = after.find('/a');
  assert.ok(attributed !== undefined);
  attributed.xattrs = new Map([[bytesOf('user.x'), Buffer.from('1')]]);
  const sparse = (byte: number) =>
    ({ kind: 'sparse', size: 9, extents: [{ offset: 4, bytes: Buffer.from([byte]) }] }) as const;
  before.writeFile('/s', sparse(1));
  after.writeFile('/s', sparse(2));
  assert.deepEqual(
    treeChanges(before.root, after.root).map(({ path, aspects }) => [path, aspects.join()]),
    [
      ['/a', 'attributes'],
      ['/s', 'content'],
    ],
  );
  assert.deepEqual(treeChanges(before.root, before.root), []);
});

test('the surface changes item by item', () => {
  const surface = (change: Partial<Surface> = {}): Surface => ({
    setuid: [],
    capabilities: [],
    units: [{ unit: 'a.service', by: ['boot'] }],
    sockets: [{ unit: 'a.socket', listens: ['80'], network: true, started: false }],
    shells: ['/usr/bin/sh'],
    accounts: [],
    ...change,
  });
  assert.deepEqual(surfaceChanges(surface(), surface()), []);
  const after = surface({
    setuid: [{ path: '/usr/bin/su', mode: 0o4755, uid: 0, gid: 0 }],
    units: [{ unit: 'a.service', by: ['b.target'] }],
    sockets: [{ unit: 'a.socket', listens: ['80'], network: true, started: true }],
    shells: [],
  });
  assert.deepEqual(surfaceChanges(surface(), after), [
    { part: 'setuid', added: ['/usr/bin/su 4755 0:0'], removed: [] },
    { part: 'sockets', added: ['a.socket 80'], removed: [] },
    { part: 'shells', added: [], removed: ['/usr/bin/sh'] },
  ]);
});
