import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ByteString, bytesOf } from '../../model/byte-string.ts';
import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { DirectoryNode, FileContent, TreeNode } from '../../model/tree.ts';
import { readAtOf } from '../read-at.ts';
import { checkErofs, type ErofsReport } from './check-erofs.ts';
import type { Codec } from './codec.ts';
import { crc32c } from './crc32c.ts';
import { openErofs } from './erofs-image.ts';
import { type FoundInode, findInode } from './find-inode.ts';
import { BLOCK_BYTES, COMPACT_INODE, DIRENT, DIRENT_BYTES, EXTENDED_INODE, MAP_HEADER, SUPERBLOCK } from './on-disk.ts';
import type { ContentPiece } from './read-content.ts';
import { bodyEnd } from './read-inode.ts';
import { imageOfTree, sampleTree } from './sample-image.fixture.ts';
import { treeFromErofs } from './tree-from-erofs.ts';
import { walkErofs } from './walk-erofs.ts';

const CODECS: readonly Codec[] = [{ algorithm: 'none' }, { algorithm: 'lz4' }, { algorithm: 'zstd', level: 3 }];

function contentOf(_size: number, pieces: Iterable<ContentPiece>): FileContent {
  const parts = [...pieces].map((piece) => (piece.kind === 'data' ? piece.bytes : Buffer.alloc(piece.size)));
  const bytes = Buffer.concat(parts);
  return { kind: 'bytes', size: bytes.length, digest: sha256(bytes), bytes };
}

/** A tree with its sparse files filled in, hard links told by the first path, and names in order: to be compared. */
function plain(root: DirectoryNode): unknown {
  const first = new Map<TreeNode, string>();
  const rows: unknown[] = [];
  const walk = (node: TreeNode, path: string): void => {
    const linkTo = first.get(node);
    if (linkTo !== undefined) {
      rows.push({ path, linkTo });
      return;
    }
    first.set(node, path);
    const { mode, uid, gid, mtime } = node;
    const xattrs = [...node.xattrs].sort(([a], [b]) => (a < b ? -1 : 1));
    const row = { path, type: node.type, mode, uid, gid, mtime, xattrs };
    if (node.type === 'file') rows.push({ ...row, bytes: filled(node.content) });
    else if (node.type === 'symlink') rows.push({ ...row, target: node.target });
    else if (node.type === 'block' || node.type === 'character') rows.push({ ...row, at: [node.major, node.minor] });
    else rows.push(row);
    if (node.type !== 'directory') return;
    for (const name of [...node.children.keys()].sort()) walk(node.children.get(name)!, `${path}/${name}`);
  };
  walk(root, '');
  return rows;
}

function filled(content: FileContent): Buffer {
  assert.notEqual(content.kind, 'stored');
  if (content.kind === 'bytes') return content.bytes;
  const bytes = Buffer.alloc(content.size);
  if (content.kind === 'sparse') for (const extent of content.extents) extent.bytes.copy(bytes, extent.offset);
  return bytes;
}

function check(image: Buffer): ErofsReport {
  const steps = checkErofs(readAtOf(image), image.length);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

function open(image: Buffer): ReturnType<typeof openErofs> {
  return openErofs(readAtOf(image), image.length);
}

function at(image: Buffer, path: string, followLast = false): FoundInode {
  const found = findInode(open(image), bytesOf(path), followLast);
  assert.ok(found, `${path} is there`);
  return found;
}

/** Reads all of an image, as an extraction would. */
function readAll(image: Buffer): void {
  treeFromErofs(open(image), contentOf);
}

/** Makes the superblock's checksum fit again: who forges an image does so. */
function sealed(image: Buffer): Buffer {
  image.writeUInt32LE(0, 1024 + SUPERBLOCK.checksum);
  const checksum = crc32c(0xffffffff, image.subarray(1024, BLOCK_BYTES));
  image.writeUInt32LE(checksum, 1024 + SUPERBLOCK.checksum);
  return image;
}

for (const codec of CODECS) {
  describe(`an image with ${codec.algorithm}`, () => {
    const image = imageOfTree(sampleTree(), codec);

    test('gives back the tree that was written', () => {
      assert.deepEqual(plain(treeFromErofs(open(image), contentOf)), plain(sampleTree()));
    });

    test('is found sound', () => {
      const { findings, inodes, directories } = check(image);
      assert.deepEqual(findings, []);
      assert.equal(directories, 6);
      assert.equal(inodes, open(image).superblock.inodes);
    });

    test('cut anywhere it is refused', () => {
      for (let length = 0; length < image.length; length += 5 * BLOCK_BYTES + 1) {
        assert.throws(() => readAll(image.subarray(0, length)), { code: 'image-corrupt' });
        assert.notDeepEqual(check(image.subarray(0, length)).findings, []);
      }
    });
  });
}

const PLAIN = imageOfTree(sampleTree(), { algorithm: 'none' });
const ZSTD = imageOfTree(sampleTree(), { algorithm: 'zstd', level: 3 });

/** Where the first block of a directory's entries lies. */
function entriesAt(image: Buffer, path: string): number {
  const { inode } = at(image, path);
  return inode.size < BLOCK_BYTES && inode.layout === 2 ? bodyEnd(inode) : inode.union * BLOCK_BYTES;
}

/** Gives the position of the entry `name` in the directory at `path`. */
function entryAt(image: Buffer, path: string, name: string): number {
  const start = entriesAt(image, path);
  const count = image.readUInt16LE(start + DIRENT.nameOffset) / DIRENT_BYTES;
  for (let index = 0; index < count; index++) {
    const entry = start + index * DIRENT_BYTES;
    const nameOffset = start + image.readUInt16LE(entry + DIRENT.nameOffset);
    const last = index === count - 1;
    const end = last ? nameOffset + name.length : start + image.readUInt16LE(entry + DIRENT_BYTES + DIRENT.nameOffset);
    if (image.toString('latin1', nameOffset, end) === name) return entry;
  }
  throw new Error(`${name} is not in ${path}`);
}

type Forgery = (image: Buffer) => void;
/** What an attacker may write, what reading says of it, and the rule under which a check reports it. */
const FORGERIES: readonly [name: string, image: Buffer, forge: Forgery, reading: RegExp | undefined, rule: string][] = [
  [
    'a directory that holds itself',
    PLAIN,
    (image) => image.writeBigUInt64LE(BigInt(at(image, 'bin').inode.nid), entryAt(image, 'bin', 'tool') + DIRENT.nid),
    /is also/,
    'erofs-directory',
  ],
  [
    'a directory that holds the root',
    PLAIN,
    (image) => image.writeBigUInt64LE(BigInt(at(image, '').inode.nid), entryAt(image, 'bin', 'tool') + DIRENT.nid),
    /is also/,
    'erofs-directory',
  ],
  [
    'an entry that leads out of the image',
    PLAIN,
    (image) => image.writeBigUInt64LE(1n << 40n, entryAt(image, 'bin', 'tool') + DIRENT.nid),
    /leave the image/,
    'erofs-inode',
  ],
  [
    'an entry with an absurd number',
    PLAIN,
    (image) => image.writeBigUInt64LE(2n ** 64n - 1n, entryAt(image, 'bin', 'tool') + DIRENT.nid),
    /refers to inode/,
    'erofs-directory',
  ],
  [
    'a name with a slash',
    PLAIN,
    (image) =>
      image.write(
        'a/b',
        entriesAt(image, 'bin') + image.readUInt16LE(entryAt(image, 'bin', 'tool') + DIRENT.nameOffset),
      ),
    /not a valid name|not in order/,
    'erofs-directory',
  ],
  [
    'names out of order',
    PLAIN,
    (image) =>
      image.write('Z', entriesAt(image, 'bin') + image.readUInt16LE(entryAt(image, 'bin', 'tool') + DIRENT.nameOffset)),
    /not in order/,
    'erofs-directory',
  ],
  [
    'an entry of another type',
    PLAIN,
    (image) => image.writeUInt8(2, entryAt(image, 'bin', 'tool') + DIRENT.type),
    undefined,
    'erofs-directory',
  ],
  [
    'a directory block with too many entries',
    PLAIN,
    (image) => image.writeUInt16LE(65_532, entriesAt(image, 'bin') + DIRENT.nameOffset),
    /number of entries/,
    'erofs-directory',
  ],
  [
    'a count of links that lies',
    PLAIN,
    (image) => image.writeUInt16LE(77, at(image, 'etc/hostname').inode.offset + COMPACT_INODE.links),
    undefined,
    'erofs-links',
  ],
  [
    'a file far larger than the image',
    PLAIN,
    (image) => image.writeUInt32LE(0x7fff_f010, at(image, 'data/noise').inode.offset + COMPACT_INODE.size),
    /leaves the image/,
    'erofs-inode',
  ],
  [
    'a size beyond exact numbers',
    PLAIN,
    (image) => image.writeBigUInt64LE(2n ** 63n, at(image, 'data/old').inode.offset + EXTENDED_INODE.size),
    /a size of/,
    'erofs-inode',
  ],
  [
    'a compressed file whose index would be larger than the image',
    ZSTD,
    (image) => image.writeUInt32LE(0xffff_ffff, at(image, 'bin/tool').inode.offset + COMPACT_INODE.size),
    /index leaves the image/,
    'erofs-inode',
  ],
  [
    'data where the superblock is',
    PLAIN,
    (image) => image.writeUInt32LE(0, at(image, 'data/noise').inode.offset + COMPACT_INODE.union),
    undefined,
    'erofs-overlap',
  ],
  [
    'an inode inside of another',
    PLAIN,
    (image) => {
      const { inode } = at(image, 'bin/tool');
      image.writeBigUInt64LE(BigInt(inode.nid + 1), entryAt(image, 'etc', 'hostname') + DIRENT.nid);
      // What lies there is made to look like a compact inode of an empty file.
      image.writeUInt16LE(0, inode.offset + 32);
      image.writeUInt16LE(0, inode.offset + 34);
      image.writeUInt16LE(0o100644, inode.offset + 36);
      image.writeUInt32LE(0, inode.offset + 40);
    },
    // The other inode's xattrs are what was written over.
    /xattr/,
    'erofs-overlap',
  ],
  [
    'xattrs that reach out of the image',
    PLAIN,
    (image) => image.writeUInt16LE(0xffff, at(image, 'etc/hostname').inode.offset + COMPACT_INODE.xattrCount),
    /image-corrupt|leave the image|xattr|inline tail/,
    'erofs-inode',
  ],
  [
    'an unknown algorithm',
    ZSTD,
    (image) => {
      const header = Math.ceil(bodyEnd(at(image, 'bin/tool').inode) / 8) * 8;
      image.writeUInt8(0x77, header + MAP_HEADER.algorithms);
    },
    /algorithm 7/,
    'erofs-content',
  ],
  [
    'an inode of an unknown kind',
    PLAIN,
    (image) => image.writeUInt16LE(0, at(image, 'etc/hostname').inode.offset + COMPACT_INODE.mode),
    /no type of file/,
    'erofs-inode',
  ],
];

for (const [name, image, forge, reading, rule] of FORGERIES) {
  test(`forged: ${name}`, () => {
    const forged = Buffer.from(image);
    forge(forged);
    sealed(forged);
    if (reading === undefined) readAll(forged);
    else {
      assert.throws(
        () => readAll(forged),
        (error) => error instanceof AshlarError && error.code === 'image-corrupt' && reading.test(error.message),
      );
    }
    const { findings } = check(forged);
    assert.ok(
      findings.some((finding) => finding.rule === rule),
      `${rule} is among ${JSON.stringify(findings.map((finding) => [finding.rule, finding.message]))}`,
    );
  });
}

test('a superblock that was changed is refused, and a check says so and goes on', () => {
  const broken = Buffer.from(PLAIN);
  broken.write('x', 1024 + SUPERBLOCK.volumeName);
  assert.throws(() => open(broken), { code: 'image-corrupt' });
  const { findings, inodes } = check(broken);
  assert.deepEqual(
    findings.map(({ rule }) => rule),
    ['erofs-checksum'],
  );
  assert.ok(inodes > 0);
});

test('blocks that cannot be read are reported, and reading goes on', () => {
  const refusing = (offset: number, length: number): Buffer => {
    if (offset + length > PLAIN.length - BLOCK_BYTES) {
      throw new AshlarError('path-unusable', 'The disk refuses a block.', { hint: 'Look at the disk.' });
    }
    return readAtOf(PLAIN)(offset, length);
  };
  const steps = checkErofs(refusing, PLAIN.length);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  assert.deepEqual(
    step.value.findings.map(({ rule, message }) => [rule, message]),
    [['erofs-unreadable', 'The disk refuses a block.']],
  );
});

test('features that are not known are refused by name', () => {
  const future = Buffer.from(PLAIN);
  future.writeUInt32LE(0x8000_0000, 1024 + SUPERBLOCK.featureIncompat);
  assert.throws(() => open(sealed(future)), { code: 'image-unsupported', message: /feature 0x80000000/ });
});

describe('paths in an image', () => {
  const paths = (path: string, follow: boolean): ByteString | undefined =>
    findInode(open(PLAIN), bytesOf(path), follow)?.path;
  const cases: readonly [path: string, follow: boolean, found: string | undefined][] = [
    ['', true, ''],
    ['/', true, ''],
    ['/../../etc//./hostname', true, 'etc/hostname'],
    ['etc/link', false, 'etc/link'],
    ['etc/link', true, 'bin/tool'],
    ['etc/absolute', true, 'etc/hostname'],
    ['etc/absolute/more', true, undefined],
    ['nothing', true, undefined],
  ];
  for (const [path, follow, found] of cases) {
    test(`${JSON.stringify(path)} is ${found ?? 'nothing'}`, () => assert.equal(paths(path, follow), found));
  }
  test('links in a circle are refused', () => {
    assert.throws(() => paths('etc/circle', true), { code: 'image-corrupt' });
  });
});

test('a walk tells hard links by the first path', () => {
  const links = [...walkErofs(open(PLAIN))].filter(({ linkTo }) => linkTo !== undefined);
  assert.equal(links.length, 301);
  assert.ok(links.every(({ linkTo }) => linkTo === 'bin/again'));
});
