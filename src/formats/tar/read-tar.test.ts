import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bytesOf } from '../../model/byte-string.ts';
import { AshlarError } from '../../model/error.ts';
import type { DirectoryNode, TreeNode } from '../../model/tree.ts';
import { contentInMemory } from './content-in-memory.ts';
import { treeFromTar } from './tree-from-tar.ts';

const END = Buffer.alloc(1024);

/** Gives `bytes` in chunks of odd lengths, so that no read falls on a chunk's border by luck. */
async function* inChunks(bytes: Buffer, size = 777): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function read(bytes: Buffer): Promise<DirectoryNode> {
  return treeFromTar(inChunks(bytes), contentInMemory);
}

function at(root: DirectoryNode, path: string): TreeNode {
  let node: TreeNode | undefined = root;
  for (const name of path.split('/')) node = node?.type === 'directory' ? node.children.get(bytesOf(name)) : undefined;
  assert.ok(node, `${path} is in the tree`);
  return node;
}

function contentOf(node: TreeNode): Buffer {
  assert.equal(node.type, 'file');
  if (node.type !== 'file') throw new TypeError();
  if (node.content.kind === 'bytes') return node.content.bytes;
  assert.equal(node.content.kind, 'sparse');
  const bytes = Buffer.alloc(node.content.size);
  if (node.content.kind === 'sparse')
    for (const extent of node.content.extents) extent.bytes.copy(bytes, extent.offset);
  return bytes;
}

interface HeaderFields {
  name?: string;
  type?: string;
  size?: number | Buffer;
  link?: string;
  mtime?: Buffer;
}

/** A header with a right checksum, for archives that no tar would write. */
function header({ name = 'file', type = '0', size = 0, link = '', mtime }: HeaderFields): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100, 'latin1');
  block.write('0000644\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  if (Buffer.isBuffer(size)) size.copy(block, 124);
  else block.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  if (mtime === undefined) block.write('00000000000\0', 136, 'latin1');
  else mtime.copy(block, 136);
  block.write(type, 156, 'latin1');
  block.write(link, 157, 100, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function pax(records: Record<string, string | Buffer>, type = 'x'): Buffer {
  const parts = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
    let length = rest.length + 1;
    while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
    return Buffer.concat([Buffer.from(String(length)), rest]);
  });
  const bytes = Buffer.concat(parts);
  return Buffer.concat([header({ type, size: bytes.length }), bytes, Buffer.alloc(-bytes.length & 511)]);
}

/** A directory with everything that an unprivileged user can make. */
function makeSource(directory: string): { large: Buffer } {
  const long = 'n'.repeat(200);
  mkdirSync(join(directory, 'usr', long, long), { recursive: true });
  writeFileSync(join(directory, 'usr', long, long, 'deep'), 'deep');
  const large = Buffer.from(Array.from({ length: 300_001 }, (_, index) => (index * 7919) % 251));
  writeFileSync(join(directory, 'large'), large);
  writeFileSync(join(directory, 'empty'), '');
  writeFileSync(join(directory, 'tool'), 'tool');
  chmodSync(join(directory, 'tool'), 0o4751);
  linkSync(join(directory, 'tool'), join(directory, 'usr', 'tool-again'));
  symlinkSync('x'.repeat(300), join(directory, 'link'));
  writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff, 0x41])]), 'bytes');
  execFileSync('mkfifo', [join(directory, 'pipe')]);
  execFileSync('touch', ['-d', '@-1.5', join(directory, 'empty')]);
  const sparse = openSync(join(directory, 'sparse'), 'w');
  for (let piece = 0; piece < 40; piece++) writeSync(sparse, `piece ${piece}`, piece * 131_072);
  return { large };
}

for (const format of ['pax', 'gnu', 'posix', 'oldgnu']) {
  for (const sparse of [false, true]) {
    test(`reads what tar --format=${format}${sparse ? ' --sparse' : ''} writes`, async (t) => {
      const directory = mkdtempSync(join(tmpdir(), 'ashlar-tar-'));
      t.after(() => rmSync(directory, { recursive: true }));
      const { large } = makeSource(directory);
      const argv = [
        `--format=${format}`,
        ...(sparse ? ['--sparse'] : []),
        '--numeric-owner',
        '-cf',
        '-',
        '-C',
        directory,
        '.',
      ];
      const tree = await read(execFileSync('tar', argv, { maxBuffer: 64 * 1024 * 1024 }));

      const long = 'n'.repeat(200);
      assert.equal(contentOf(at(tree, `usr/${long}/${long}/deep`)).toString(), 'deep');
      assert.ok(contentOf(at(tree, 'large')).equals(large));
      assert.equal(contentOf(at(tree, 'empty')).length, 0);
      assert.equal(at(tree, 'tool').mode, 0o4751);
      assert.equal(at(tree, 'tool'), at(tree, 'usr/tool-again'), 'a hard link is one object');
      const link = at(tree, 'link');
      assert.ok(link.type === 'symlink' && link.target === 'x'.repeat(300));
      assert.equal(at(tree, 'pipe').type, 'fifo');
      assert.ok([...tree.children.keys()].some((name) => name === '\xffA'));
      assert.equal(at(tree, 'tool').uid, process.getuid?.());
      const isPax = format === 'pax' || format === 'posix';
      // The GNU formats have whole seconds and cut towards the past.
      assert.deepEqual(at(tree, 'empty').mtime, { seconds: -2n, nanoseconds: isPax ? 500_000_000 : 0 });

      const pieces = at(tree, 'sparse');
      const bytes = contentOf(pieces);
      assert.equal(bytes.length, 39 * 131_072 + 'piece 39'.length);
      for (let piece = 0; piece < 40; piece++) {
        assert.equal(
          bytes.toString('latin1', piece * 131_072, piece * 131_072 + 9).replaceAll('\0', ''),
          `piece ${piece}`,
        );
      }
      if (sparse) assert.ok(pieces.type === 'file' && pieces.content.kind === 'sparse');
    });
  }
}

test('reads attributes in both spellings, ACLs in text, devices and owners beyond octal', async () => {
  const capability = Buffer.from([1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const tree = await read(
    Buffer.concat([
      pax({ comment: 'global' }, 'g'),
      pax({
        'SCHILY.xattr.security.capability': capability,
        'SCHILY.xattr.user.empty': '',
        'LIBARCHIVE.xattr.user.a%3db': 'AAEC',
        'SCHILY.acl.access': 'user::rwx,user:1001:r--,group::r-x,mask::r-x,other::r--',
        uid: '4000000000',
        mtime: '-1.5',
      }),
      header({ name: 'ping' }),
      header({ name: 'time', mtime: Buffer.from('fffffffffffffffffffffffe', 'hex') }),
      header({ name: 'null', type: '3' }),
      END,
    ]),
  );
  const ping = at(tree, 'ping');
  assert.deepEqual(ping.xattrs.get(bytesOf('security.capability')), capability);
  assert.deepEqual(ping.xattrs.get(bytesOf('user.empty')), Buffer.alloc(0));
  assert.deepEqual(ping.xattrs.get(bytesOf('user.a=b')), Buffer.from([0, 1, 2]));
  assert.equal(
    ping.xattrs.get(bytesOf('system.posix_acl_access'))?.toString('hex'),
    '02000000' + '01000700ffffffff' + '02000400e9030000' + '04000500ffffffff' + '10000500ffffffff' + '20000400ffffffff',
  );
  assert.equal(ping.uid, 4_000_000_000);
  assert.deepEqual(ping.mtime, { seconds: -2n, nanoseconds: 500_000_000 });
  assert.deepEqual(at(tree, 'time').mtime, { seconds: -2n, nanoseconds: 0 });
  assert.equal(at(tree, 'null').type, 'character');
});

test('reads a pax sparse map of version 0.1', async () => {
  const data = Buffer.alloc(512);
  data.write('abcdef');
  const records = { 'GNU.sparse.size': '100', 'GNU.sparse.map': '10,3,50,3,100,0', 'GNU.sparse.name': 'holes' };
  const tree = await read(Buffer.concat([pax(records), header({ size: 6 }), data, END]));
  const expected = Buffer.alloc(100);
  expected.write('abc', 10);
  expected.write('def', 50);
  assert.deepEqual(contentOf(at(tree, 'holes')), expected);
});

test('a later member replaces an earlier one, parents are implied, the root keeps its metadata', async () => {
  const tree = await read(
    Buffer.concat([
      header({ name: 'a/b/file' }),
      header({ name: './', type: '5' }),
      header({ name: 'a/b/file', type: '2', link: '/etc/passwd' }),
      header({ name: 'old-directory/' }),
      END,
    ]),
  );
  assert.equal(at(tree, 'a/b/file').type, 'symlink');
  assert.equal(at(tree, 'a/b').mode, 0o755);
  assert.equal(tree.mode, 0o644);
  assert.equal(at(tree, 'old-directory').type, 'directory');
});

const HOSTILE: readonly [name: string, archive: Buffer, code: string][] = [
  ['nothing', Buffer.alloc(0), 'tar-corrupt'],
  ['no end mark', header({}), 'tar-corrupt'],
  ['a cut header', header({}).subarray(0, 300), 'tar-corrupt'],
  ['a cut file', Buffer.concat([header({ size: 5000 }), Buffer.alloc(1000)]), 'tar-corrupt'],
  ['a wrong checksum', Buffer.concat([header({}).fill(1, 0, 1), END]), 'tar-corrupt'],
  ['noise', Buffer.alloc(2048, 0x41), 'tar-corrupt'],
  ['an absolute path', Buffer.concat([header({ name: '/etc/passwd' }), END]), 'path-outside-root'],
  ['a climbing path', Buffer.concat([header({ name: 'a/../../b' }), END]), 'path-outside-root'],
  ['a climbing pax path', Buffer.concat([pax({ path: '../b' }), header({}), END]), 'path-outside-root'],
  ['a climbing hard link', Buffer.concat([header({ type: '1', link: '../../b' }), END]), 'path-outside-root'],
  ['a hard link to nothing', Buffer.concat([header({ type: '1', link: 'b' }), END]), 'tar-corrupt'],
  [
    'a hard link to a directory',
    Buffer.concat([header({ name: 'd', type: '5' }), header({ type: '1', link: 'd' }), END]),
    'tar-corrupt',
  ],
  [
    'a path through a symbolic link',
    Buffer.concat([header({ name: 'l', type: '2', link: '/' }), header({ name: 'l/passwd' }), END]),
    'tar-corrupt',
  ],
  ['a full directory replaced', Buffer.concat([header({ name: 'd/f' }), header({ name: 'd' }), END]), 'tar-corrupt'],
  ['a root that is a file', Buffer.concat([header({ name: '.' }), END]), 'tar-corrupt'],
  ['a name too long', Buffer.concat([pax({ path: 'n'.repeat(256) }), header({}), END]), 'tar-corrupt'],
  ['a path too long', Buffer.concat([pax({ path: 'n/'.repeat(2048) }), header({}), END]), 'tar-corrupt'],
  ['a path with a zero', Buffer.concat([pax({ path: 'a\0b' }), header({}), END]), 'tar-corrupt'],
  [
    'a huge size',
    Buffer.concat([header({ size: Buffer.from('80ffffffffffffffffffffff', 'hex') }), END]),
    'tar-corrupt',
  ],
  [
    'a huge size in range',
    Buffer.concat([header({ size: Buffer.from('8000000000001fffffffffff', 'hex') }), END]),
    'tar-corrupt',
  ],
  [
    'a negative size',
    Buffer.concat([header({ size: Buffer.from('ffffffffffffffffffffffff', 'hex') }), END]),
    'tar-corrupt',
  ],
  ['a huge extended header', Buffer.concat([header({ type: 'x', size: 2 ** 31 }), END]), 'tar-corrupt'],
  ['a cut extended header', header({ type: 'x', size: 600 }), 'tar-corrupt'],
  [
    'a pax record of no length',
    Buffer.concat([header({ type: 'x', size: 5 }), Buffer.from('0 a=\n'.padEnd(512, '\0')), END]),
    'tar-corrupt',
  ],
  ['a pax uid that is no number', Buffer.concat([pax({ uid: '1e9' }), header({}), END]), 'tar-corrupt'],
  ['a pax uid too large', Buffer.concat([pax({ uid: '4294967295' }), header({}), END]), 'tar-corrupt'],
  ['a pax time that is no number', Buffer.concat([pax({ mtime: 'now' }), header({}), END]), 'tar-corrupt'],
  [
    'a huge attribute',
    Buffer.concat([pax({ 'SCHILY.xattr.user.a': 'v'.repeat(65_537) }), header({}), END]),
    'tar-corrupt',
  ],
  ['an attribute without a name', Buffer.concat([pax({ 'SCHILY.xattr.': 'v' }), header({}), END]), 'tar-corrupt'],
  ['an ACL of nonsense', Buffer.concat([pax({ 'SCHILY.acl.access': 'everyone:rwx' }), header({}), END]), 'tar-corrupt'],
  [
    'an ACL by name',
    Buffer.concat([pax({ 'SCHILY.acl.access': 'user:alice:rwx' }), header({}), END]),
    'tar-unsupported',
  ],
  ['a continued volume', Buffer.concat([header({ type: 'M' }), END]), 'tar-unsupported'],
  [
    'overlapping sparse pieces',
    Buffer.concat([
      pax({ 'GNU.sparse.size': '9', 'GNU.sparse.map': '0,4,2,4' }),
      header({ size: 8 }),
      Buffer.alloc(512),
      END,
    ]),
    'tar-corrupt',
  ],
  [
    'a sparse map without data',
    Buffer.concat([pax({ 'GNU.sparse.size': '9000000000', 'GNU.sparse.map': '0,9000000000' }), header({}), END]),
    'tar-corrupt',
  ],
];

for (const [name, archive, code] of HOSTILE) {
  test(`refuses ${name}`, async () => {
    await assert.rejects(read(archive), (error) => error instanceof AshlarError && error.code === code);
  });
}

test('lets go of its stream when the reader stops early', async () => {
  let closed = false;
  async function* stream(): AsyncGenerator<Buffer> {
    try {
      yield header({ size: 10 });
      yield Buffer.alloc(512, 0x41);
    } finally {
      closed = true;
    }
  }
  await assert.rejects(
    treeFromTar(stream(), () => {
      throw new RangeError('the store is full');
    }),
    RangeError,
  );
  assert.ok(closed);
});
