import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ByteString, bytesOf } from '../../model/byte-string.ts';
import { sha256 } from '../../model/digest.ts';
import { type DirectoryNode, type FileContent, type FileNode, NO_XATTRS, type TreeNode } from '../../model/tree.ts';
import { readAtOf } from '../read-at.ts';
import { type Codec, parseCodec } from './codec.ts';
import { encodeFile } from './encode-file.ts';
import type { EncodedFile } from './encoded-file.ts';
import { openErofs } from './erofs-image.ts';
import { BLOCK_BYTES } from './on-disk.ts';
import { parsePlacement, serializePlacement } from './placement.ts';
import { treeFromErofs } from './tree-from-erofs.ts';
import { type ErofsOptions, type WrittenImage, writeErofs } from './write-erofs.ts';

const BUILD_TIME = { seconds: 1_600_000_000n, nanoseconds: 0 };
const METADATA = { mode: 0o644, uid: 0, gid: 0, mtime: BUILD_TIME, xattrs: NO_XATTRS };
const OPTIONS = { uuid: Buffer.alloc(16, 0x11), volumeName: 'vector', buildTime: BUILD_TIME };
/** Images of these tests are smaller. */
const MOST_BYTES = 8 << 20;
const NONE: Codec = { algorithm: 'none' };

function file(bytes: Buffer): FileNode {
  return { type: 'file', ...METADATA, content: { kind: 'bytes', size: bytes.length, digest: sha256(bytes), bytes } };
}

function directory(children: Record<string, TreeNode>): DirectoryNode {
  const entries = Object.entries(children).map(([name, node]) => [bytesOf(name), node] as const);
  return { type: 'directory', ...METADATA, mode: 0o755, children: new Map(entries) };
}

/** The tree of docs/development/formats/erofs.md. */
function vectorTree(): DirectoryNode {
  const hello = file(Buffer.from('hello, world\n'));
  return directory({
    'a-link': { type: 'symlink', ...METADATA, mode: 0o777, target: bytesOf('hello') },
    'a-second-name': hello,
    empty: directory({}),
    hello,
    late: { ...file(Buffer.alloc(0)), mtime: { seconds: 1_600_000_001n, nanoseconds: 500 } },
    text: file(Buffer.from('stone cut square\n'.repeat(1000))),
  });
}

function write(
  root: DirectoryNode,
  codec: Codec,
  options: ErofsOptions = OPTIONS,
): { readonly image: Buffer; readonly written: WrittenImage; readonly asked: number } {
  const image = Buffer.alloc(MOST_BYTES);
  let asked = 0;
  const encoded = (content: FileContent): EncodedFile => {
    assert.ok(content.kind === 'bytes');
    return encodeFile(content.bytes, codec);
  };
  const encodedOf = (content: FileContent): EncodedFile => {
    asked++;
    return encoded(content);
  };
  const written = writeErofs(
    root,
    options,
    { shapeOf: (content) => encoded(content).shape, encodedOf },
    {
      write(position, bytes) {
        assert.equal(position % BLOCK_BYTES, 0);
        assert.equal(bytes.length % BLOCK_BYTES, 0);
        const end = position + bytes.length;
        assert.ok(
          image.subarray(position, end).every((byte) => byte === 0),
          'each position is written once',
        );
        image.set(bytes, position);
      },
    },
  );
  return { image: image.subarray(0, written.size), written, asked };
}

/** A text of `bytes` bytes that differs from others. */
function text(bytes: number, salt: number): Buffer {
  return Buffer.from(
    Array.from({ length: bytes / 8 }, (_, at) => `${(at * 7919 + salt) % 9973} stones `).join(''),
  ).subarray(0, bytes);
}

describe('vectors', () => {
  // Also in docs/development/formats/erofs.md. A change of these is a change of every image: raise ENCODING_VERSION if files differ.
  const VECTORS: readonly (readonly [string, number, string])[] = [
    ['none', 20480, '9a587c79261b9abd7e1508f421f671475dbf14790e0e49792fb98e02a4b893fc'],
    ['lz4', 4096, '027f4a82a12f3501380f18a78f7d3850c69039d3727defdae43842b69ce94261'],
    ['zstd:3', 4096, '60ec91a06cdc106e7f87b3e81bed2cb77900a4d05c29613a9b7db45ca21c42be'],
  ];
  for (const [codec, size, digest] of VECTORS) {
    test(codec, () => {
      const { image } = write(vectorTree(), parseCodec(codec));
      assert.deepEqual([image.length, sha256(image)], [size, digest]);
    });
  }
});

test('the order in which a tree was made does not matter', () => {
  const reversed = (node: DirectoryNode): DirectoryNode => ({
    ...node,
    children: new Map([...node.children].reverse()),
  });
  assert.ok(write(reversed(vectorTree()), NONE).image.equals(write(vectorTree(), NONE).image));
});

test('equal contents are stored once', () => {
  const body = text(100_000, 1);
  const one = write(directory({ a: file(body) }), NONE);
  const three = write(directory({ a: file(body), b: file(body), c: file(body) }), NONE);
  assert.ok(three.image.length - one.image.length <= BLOCK_BYTES * 3);
});

test('a file is asked for once, whatever its links', () => {
  assert.equal(write(directory({ a: file(text(9000, 1)), b: file(text(9000, 2)) }), NONE).asked, 2);
  const linked = file(text(9000, 1));
  assert.equal(write(directory({ a: linked, b: linked, c: linked }), NONE).asked, 1);
});

test('300 attributes that repeat are shared, and come back', () => {
  const xattrs = new Map(Array.from({ length: 300 }, (_, at) => [bytesOf(`user.${at}`), Buffer.from(`v${at}`)]));
  const root = directory({ a: { ...file(Buffer.alloc(0)), xattrs }, b: { ...file(Buffer.alloc(0)), xattrs } });
  const { image } = write(root, NONE);
  const back = treeFromErofs(openErofs(readAtOf(image), image.length), (size) => ({
    kind: 'sparse',
    size,
    extents: [],
  }));
  const byName = (map: TreeNode['xattrs']): unknown => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const name of ['a', 'b']) assert.deepEqual(byName(back.children.get(bytesOf(name))!.xattrs), byName(xattrs));
});

describe('with a previous image', () => {
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`file-${at}`, file(text(20_000, at * 31))]));

  test('an unchanged tree gives the same bytes', () => {
    for (const codec of ['none', 'lz4', 'zstd:3'].map(parseCodec)) {
      const first = write(directory(many), codec);
      const previous = parsePlacement(serializePlacement(first.written.placement));
      assert.ok(write(directory(many), codec, { ...OPTIONS, previous }).image.equals(first.image));
    }
  });

  test('a changed, a new and a removed file change few blocks', () => {
    const first = write(directory(many), NONE);
    const { 'file-7': _removed, ...rest } = many;
    const tree = directory({ ...rest, 'file-50': file(text(26_000, 5)), 'a-new-one': file(text(15_000, 6)) });
    const previous = first.written.placement;
    const second = write(tree, NONE, { ...OPTIONS, previous });
    assert.ok(differentBlocks(first.image, second.image) < 25, `${differentBlocks(first.image, second.image)} blocks`);
    assert.ok(differentBlocks(first.image, write(tree, NONE).image) > 500);
  });
});

function differentBlocks(a: Buffer, b: Buffer): number {
  let different = 0;
  for (let at = 0; at < b.length; at += BLOCK_BYTES) {
    if (!a.subarray(at, at + BLOCK_BYTES).equals(b.subarray(at, at + BLOCK_BYTES))) different++;
  }
  return different;
}

describe('what EROFS cannot hold', () => {
  const fifo: TreeNode = { type: 'fifo', ...METADATA };
  const twice = directory({});
  const loop = directory({});
  loop.children.set(bytesOf('again'), loop);
  const trees: readonly (readonly [string, DirectoryNode, RegExp])[] = [
    ['a name of 256 bytes', directory({ ['n'.repeat(256)]: fifo }), /not a file name/],
    ['a name with a slash', directory({ 'a/b': fifo }), /not a file name/],
    ['a name with a zero', directory({ 'a\0b': fifo }), /not a file name/],
    ['no name', directory({ '': fifo }), /not a file name/],
    ['the name ..', directory({ '..': fifo }), /not a file name/],
    ['a directory with two names', directory({ a: twice, b: twice }), /the same directory/],
    ['a directory in itself', loop, /the same directory/],
    ['a link to nothing', directory({ a: { type: 'symlink', ...METADATA, target: '' as ByteString } }), /target/],
    ['a long link', directory({ a: { type: 'symlink', ...METADATA, target: bytesOf('x'.repeat(4096)) } }), /target/],
    ['device 4096:0', directory({ a: { type: 'block', ...METADATA, major: 4096, minor: 0 } }), /too large/],
    [
      'an unknown attribute',
      directory({ a: { ...fifo, xattrs: new Map([[bytesOf('btrfs.x'), Buffer.alloc(1)]]) } }),
      /btrfs/,
    ],
    [
      'a long attribute',
      directory({ a: { ...fifo, xattrs: new Map([[bytesOf('user.x'), Buffer.alloc(70_000)]]) } }),
      /long/,
    ],
  ];
  for (const [name, root, message] of trees) {
    test(name, () => {
      assert.throws(() => write(root, NONE), { code: 'tree-unsupported', message });
    });
  }
  test('a long volume name', () => {
    const options = { ...OPTIONS, volumeName: 'sixteen bytes ok' };
    assert.throws(() => write(directory({}), NONE, options), { code: 'tree-unsupported', message: /volume name/ });
  });
});
