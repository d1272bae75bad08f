import { spawnSync } from 'node:child_process';
import {
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { type ByteString, byteString, display, toBuffer } from '../../src/model/byte-string.ts';
import type { DirectoryNode, FileContent, Metadata, TreeNode } from '../../src/model/tree.ts';

const NANOSECONDS = 1_000_000_000n;
/** A failing test prints every difference: one mistake may show in each of 100,000 entries. */
const MOST_DIFFERENCES = 20;

const TYPE_OF_MODE: ReadonlyMap<number, TreeNode['type']> = new Map([
  [constants.S_IFIFO, 'fifo'],
  [constants.S_IFCHR, 'character'],
  [constants.S_IFDIR, 'directory'],
  [constants.S_IFBLK, 'block'],
  [constants.S_IFREG, 'file'],
  [constants.S_IFLNK, 'symlink'],
  [constants.S_IFSOCK, 'socket'],
]);

/** Compares what the kernel shows under `mountPoint` with `root`, entry by entry. Returns the first differences, a line each. */
export function compareMount(root: DirectoryNode, mountPoint: string): readonly string[] {
  const differences: string[] = [];
  const links = countLinks(root);
  const inodes = new Map<TreeNode, bigint>();
  const open: { node: TreeNode; path: Buffer }[] = [{ node: root, path: Buffer.from(mountPoint) }];
  for (let next = open.pop(); next !== undefined && differences.length < MOST_DIFFERENCES; next = open.pop()) {
    const { node, path } = next;
    const expect = (what: string, actual: unknown, expected: unknown): void => {
      if (actual !== expected) {
        differences.push(`${display(byteString(path))}: ${what} is ${String(actual)}, not ${String(expected)}`);
      }
    };
    const stats = lstatSync(path, { bigint: true });
    compareMetadata(node, stats, links.get(node)!, expect);
    if (inodes.has(node)) {
      expect('inode', stats.ino, inodes.get(node)!);
      continue;
    }
    inodes.set(node, stats.ino);
    if (node.type === 'file') compareContent(node.content, stats, path, expect);
    if (node.type === 'symlink') expect('target', readlinkSync(path, 'latin1'), node.target);
    if (node.type === 'block' || node.type === 'character') {
      expect('device', deviceName(stats.rdev), `${node.major}:${node.minor}`);
    }
    compareXattrs(node, path, expect);
    if (node.type !== 'directory') continue;
    const names = readdirSync(path, { encoding: 'buffer' }).map((name) => byteString(name));
    expect('entries', names.sort().join('/'), [...node.children.keys()].sort().join('/'));
    const shown = new Set(names);
    for (const [name, child] of node.children) {
      if (shown.has(name)) {
        open.push({ node: child, path: Buffer.concat([path, Buffer.from('/'), toBuffer(name)]) });
      }
    }
  }
  return differences;
}

type Expect = (what: string, actual: unknown, expected: unknown) => void;

function countLinks(root: DirectoryNode): ReadonlyMap<TreeNode, number> {
  const links = new Map<TreeNode, number>([[root, 2]]);
  const open: DirectoryNode[] = [root];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    for (const child of directory.children.values()) {
      if (child.type === 'directory') {
        links.set(child, 2);
        links.set(directory, links.get(directory)! + 1);
        open.push(child);
      } else {
        links.set(child, (links.get(child) ?? 0) + 1);
      }
    }
  }
  return links;
}

function compareMetadata(node: Metadata & { type: string }, stats: BigIntStats, links: number, expect: Expect): void {
  expect('type', TYPE_OF_MODE.get(Number(stats.mode) & constants.S_IFMT), node.type);
  expect('mode', Number(stats.mode & 0o7777n), node.mode);
  expect('uid', Number(stats.uid), node.uid);
  expect('gid', Number(stats.gid), node.gid);
  expect('links', Number(stats.nlink), links);
  expect('mtime', stats.mtimeNs, node.mtime.seconds * NANOSECONDS + BigInt(node.mtime.nanoseconds));
}

function deviceName(rdev: bigint): string {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn & 0xffffffffn);
  return `${major}:${minor}`;
}

function compareContent(content: FileContent, stats: BigIntStats, path: Buffer, expect: Expect): void {
  expect('size', Number(stats.size), content.size);
  if (content.kind === 'bytes') expect('content', readFileSync(path).equals(content.bytes), true);
  if (content.kind !== 'sparse') return;
  const file = openSync(path, 'r');
  try {
    let end = 0;
    for (const { offset, bytes } of content.extents) {
      // The extent and up to a block of hole on either side of it.
      const before = Math.min(4096, offset - end);
      const read = Buffer.alloc(before + bytes.length);
      readSync(file, read, 0, read.length, offset - before);
      expect(`content at ${offset}`, read.equals(Buffer.concat([Buffer.alloc(before), bytes])), true);
      end = offset + bytes.length;
    }
    const last = Buffer.alloc(Math.min(4096, content.size - end), 1);
    readSync(file, last, 0, last.length, content.size - last.length);
    expect(
      'last hole',
      last.every((byte) => byte === 0),
      true,
    );
  } finally {
    closeSync(file);
  }
}

/** Asks `getfattr` where there should be attributes, and of everything else whose name it can be given. */
function compareXattrs(node: TreeNode, path: Buffer, expect: Expect): void {
  const text = path.toString('utf8');
  if (node.xattrs.size === 0 && !/\/(attributes|devices|owners)\b/.test(text)) return;
  const { stdout } = spawnSync('getfattr', ['-h', '-d', '-m', '-', '-e', 'hex', '--absolute-names', text]);
  const shown = stdout
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    // "name=0x…", and just "name" when the value is empty.
    .map((line) => (line.includes('=') ? line : `${line}=0x`));
  const expected = [...node.xattrs].map(([name, value]: [ByteString, Buffer]) => `${name}=0x${value.toString('hex')}`);
  expect('xattrs', shown.sort().join('\n'), expected.sort().join('\n'));
}
