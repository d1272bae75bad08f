import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { type ByteString, bytesOf } from '../../model/byte-string.ts';
import { contentInMemory } from './content-in-memory.ts';
import { treeFromTar } from './tree-from-tar.ts';
import { type TarMember, writeTar } from './write-tar.ts';

const BASE = {
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: { seconds: 5n, nanoseconds: 0 },
  xattrs: new Map<ByteString, Buffer>(),
};
const LONG = bytesOf(`directory/${'n'.repeat(150)}`);

const MEMBERS: readonly TarMember[] = [
  { ...BASE, path: bytesOf('directory'), type: 'directory', mode: 0o1777 },
  {
    ...BASE,
    path: LONG,
    type: 'file',
    mode: 0o4755,
    uid: 3_000_000_000,
    gid: 4_294_967_294,
    mtime: { seconds: -7n, nanoseconds: 250_000_001 },
    xattrs: new Map([
      [bytesOf('security.capability'), Buffer.from([1, 0, 10, 61, 0])],
      [bytesOf('user.empty'), Buffer.alloc(0)],
    ]),
    size: 1_000,
    extents: undefined,
    data: [Buffer.alloc(400, 1), Buffer.alloc(600, 2)],
  },
  { ...BASE, path: bytesOf('directory/hard'), type: 'hardlink', target: LONG },
  { ...BASE, path: bytesOf('soft'), type: 'symlink', target: bytesOf('t'.repeat(200)) },
  { ...BASE, path: bytesOf('disk'), type: 'block', major: 259, minor: 1_000_000 },
  { ...BASE, path: bytesOf('pipe'), type: 'fifo' },
  {
    ...BASE,
    path: bytesOf('holes'),
    type: 'file',
    size: 1_000_000,
    extents: [
      { offset: 4_096, size: 3 },
      { offset: 1_000_000, size: 0 },
    ],
    data: [Buffer.from('abc')],
  },
];

test('what is written is read back', async () => {
  async function* archive(): AsyncGenerator<Uint8Array> {
    yield* writeTar(MEMBERS);
  }
  const tree = await treeFromTar(archive(), contentInMemory);
  const directory = tree.children.get(bytesOf('directory'));
  assert.ok(directory?.type === 'directory' && directory.mode === 0o1777);
  const file = directory.children.get(LONG.slice('directory/'.length) as ByteString);
  assert.ok(file?.type === 'file' && file.content.kind === 'bytes');
  assert.deepEqual(file.content.bytes, Buffer.concat([Buffer.alloc(400, 1), Buffer.alloc(600, 2)]));
  assert.deepEqual([file.mode, file.uid, file.gid], [0o4755, 3_000_000_000, 4_294_967_294]);
  assert.deepEqual(file.mtime, { seconds: -7n, nanoseconds: 250_000_001 });
  assert.deepEqual([...file.xattrs], [...MEMBERS[1]!.xattrs]);
  assert.equal(directory.children.get(bytesOf('hard')), file);
  const soft = tree.children.get(bytesOf('soft'));
  assert.ok(soft?.type === 'symlink' && soft.target === 't'.repeat(200));
  const disk = tree.children.get(bytesOf('disk'));
  assert.ok(disk?.type === 'block' && disk.major === 259 && disk.minor === 1_000_000);
  const holes = tree.children.get(bytesOf('holes'));
  assert.ok(holes?.type === 'file' && holes.content.kind === 'sparse');
  assert.deepEqual(holes.content, {
    kind: 'sparse',
    size: 1_000_000,
    extents: [{ offset: 4_096, bytes: Buffer.from('abc') }],
  });
});

test('GNU tar lists it', () => {
  const list = execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '--file=-'], {
    input: Buffer.concat([...writeTar(MEMBERS)]),
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  }).toString();
  assert.match(list, /^-rwsr-xr-x 3000000000\/4294967294 +1000 1969-12-31 23:59 directory\/n{150}$/m);
  assert.match(list, /^hrw-r--r-- .* directory\/hard link to directory\/n{150}$/m);
  assert.match(list, /^brw-r--r-- 0\/0 +259,1000000 .* disk$/m);
  assert.match(list, /^-rw-r--r-- 0\/0 +1000000 .* holes$/m);
});

test('a member whose data does not add up is refused', () => {
  const member: TarMember = {
    ...BASE,
    path: bytesOf('f'),
    type: 'file',
    size: 3,
    extents: undefined,
    data: [Buffer.alloc(4)],
  };
  assert.throws(() => [...writeTar([member])], RangeError);
});
