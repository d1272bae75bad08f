import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from '../../model/byte-string.ts';
import { NO_IDS, type PinnedIds } from '../../model/lock.ts';
import type { DirectoryNode } from '../../model/tree.ts';
import { lookUp } from './look-up.ts';
import { type Pinned, pinIds } from './pin-ids.ts';
import { directory, file, readInMemory } from './test-tree.ts';

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\nweb:x:999:998:Wëb:/:/x\n';
const GROUP = 'root:x:0:\nusers:x:100:\nweb:x:998:sshd\njournal:x:999:\n';

/** An ACL (version 2) of: user 999 rwx, group 998 r-x, mask. */
const ACL = Buffer.from('0200000002000700e703000008000500e603000010000700ffffffff', 'hex');
const ACL_NAME = bytesOf('system.posix_acl_access');

function tree(): DirectoryNode {
  const shared = file('x', { uid: 999, gid: 998 });
  return directory({
    etc: directory({ passwd: file(PASSWD), group: file(GROUP) }),
    usr: directory({
      share: directory({ 'base-passwd': directory({ 'group.master': file('root::0:\nusers::100:\n') }) }),
    }),
    a: shared,
    b: shared,
    log: directory({}, { gid: 999, xattrs: new Map([[ACL_NAME, ACL]]) }),
  });
}

const pin = (ids: PinnedIds): Pinned => pinIds(tree(), ids, readInMemory);

function textOf({ tree: root }: Pinned, path: string): string {
  const node = lookUp(root, path);
  assert.ok(node?.type === 'file' && node.content.kind === 'bytes');
  return node.content.bytes.toString();
}

test('what is pinned first is what packages were given; a user takes the number of its group', () => {
  const pinned = pin(NO_IDS);
  assert.deepEqual(pinned.ids, { users: { sshd: 100, web: 998 }, groups: { journal: 999, web: 998 } });
  assert.match(textOf(pinned, 'etc/passwd'), /^web:x:998:998:Wëb:/m);
});

test('pinning what has been pinned changes nothing', () => {
  const { ids } = pin(NO_IDS);
  const again = pin(ids);
  assert.deepEqual(again.ids, ids);
  assert.deepEqual(pin(again.ids).tree, again.tree);
});

test('pinned numbers hold in passwd, group, owners, ACLs and under both names of a hard link', () => {
  const pinned = pin({ users: { web: 100, sshd: 999, gone: 101 }, groups: { web: 999, journal: 998 } });
  assert.match(textOf(pinned, 'etc/passwd'), /^sshd:x:999:65534:/m);
  assert.match(textOf(pinned, 'etc/passwd'), /^web:x:100:999:/m);
  assert.match(textOf(pinned, 'etc/group'), /^users:x:100:\nweb:x:999:sshd\njournal:x:998:$/m);
  const [a, b, log] = ['a', 'b', 'log'].map((path) => lookUp(pinned.tree, path));
  assert.deepEqual([a?.uid, a?.gid], [100, 999]);
  assert.equal(a, b);
  assert.equal(log?.gid, 998);
  assert.equal(log?.xattrs.get(ACL_NAME)?.toString('hex'), '02000000020007006400000008000500e703000010000700ffffffff');
  assert.equal(pinned.ids.users['gone'], 101, 'a number that was handed out once is not handed out again');
});

test('a new account whose number is taken gets the next free one', () => {
  const pinned = pin({ users: { other: 100 }, groups: { other: 101 } });
  assert.deepEqual(pinned.ids.users, { other: 100, sshd: 102, web: 998 });
});

test('the tree that is given stays as it was', () => {
  const root = tree();
  pinIds(root, { users: { web: 500 }, groups: {} }, readInMemory);
  assert.deepEqual(root, tree());
});

test('a lock that leaves no number is refused', () => {
  const users = Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`u${index}`, 100 + index]));
  assert.throws(() => pin({ users, groups: {} }), { code: 'lock-invalid' });
});
