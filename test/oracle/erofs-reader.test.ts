import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { extractImage } from '../../src/build/extract-image.ts';
import { treeFromDirectory } from '../../src/build/tree-from-directory.ts';
import { openImageFile } from '../../src/cli/fs-image.ts';
import { checkErofs } from '../../src/formats/erofs/check-erofs.ts';
import { openErofs } from '../../src/formats/erofs/erofs-image.ts';
import { readInode } from '../../src/formats/erofs/read-inode.ts';
import { treeFromErofs } from '../../src/formats/erofs/tree-from-erofs.ts';
import { contentInMemory } from '../../src/formats/tar/content-in-memory.ts';
import { bytesOf } from '../../src/model/byte-string.ts';
import { sha256 } from '../../src/model/digest.ts';
import type { DirectoryNode, FileContent, TreeNode } from '../../src/model/tree.ts';
import { trixieObstacle, trixieOutput } from './trixie.ts';

/** What mkfs.erofs 1.8.6 does by default, and everything it can do that Linux 6.12 reads from one device. */
const LAYOUTS: readonly (readonly string[])[] = [
  [],
  ['-zlz4'],
  ['-zlz4hc', '-C65536'],
  ['-zzstd,3'],
  ['-zzstd,3', '-C1048576'],
  ['-zzstd,3', '-C131072', '-Eztailpacking'],
  ['-zlz4', '-Eztailpacking'],
  ['-zzstd', '-C65536', '-Ededupe'],
  ['-zlz4', '-Efragments'],
  ['-zzstd', '-Eall-fragments,dedupe'],
  ['-zlz4', '-Elegacy-compress'],
  ['-zdeflate', '-C32768'],
  ['--chunksize=4096'],
  ['--chunksize=65536', '-Enoinline_data'],
  ['-Eforce-inode-extended', '-zlz4'],
  ['-b1024', '-zlz4'],
  ['-b512'],
];

/** A directory with a bit of everything: real programs and texts, holes, links, devices, attributes. */
function makeSource(directory: string): void {
  const run = (program: string, ...argv: string[]): void => {
    const { status, stderr } = spawnSync(program, argv, { cwd: directory });
    assert.equal(status, 0, `${program}: ${stderr}`);
  };
  mkdirSync(join(directory, 'deep/er'), { recursive: true });
  for (const name of ['tar', 'ls', 'bash']) copyFileSync(join('/bin', name), join(directory, name));
  const words = Array.from({ length: 60_000 }, (_, line) => `line ${line} ${(line * 7919) % 1000}\n`).join('');
  writeFileSync(join(directory, 'words'), words);
  writeFileSync(join(directory, 'deep/words-again'), words.slice(4_096));
  writeFileSync(join(directory, 'deep/zeros'), Buffer.alloc(3_000_000));
  for (const size of [0, 1, 100, 4_000, 4_095, 4_096, 4_097, 8_191, 12_288, 70_000]) {
    writeFileSync(join(directory, `deep/er/size-${size}`), words.slice(0, size));
  }
  writeFileSync(join(directory, 'holes'), 'start');
  truncateSync(join(directory, 'holes'), 2_000_000);
  linkSync(join(directory, 'words'), join(directory, 'deep/linked'));
  symlinkSync('../words', join(directory, 'deep/link'));
  symlinkSync('t'.repeat(4_000), join(directory, 'long-link'));
  for (let index = 0; index < 1_000; index++) writeFileSync(join(directory, 'deep', `entry-${index}`), String(index));
  run('mknod', 'null', 'c', '1', '3');
  run('mknod', 'disk', 'b', '259', '70000');
  run('mkfifo', 'pipe');
  run('setfattr', '-n', 'user.key', '-v', 'value', 'words');
  run('setfattr', '-n', 'security.capability', '-v', '0x0100000200200000000000000000000000000000', 'ls');
  run('setfacl', '-m', 'u:1234:rx', 'bash');
  run('setfacl', '-d', '-m', 'u:1234:rwx', 'deep');
  run('chown', '70000:80000', 'words');
  run('chmod', '4711', 'ls');
  run('touch', '-d', '@1234567890.123456789', 'tar');
}

/** One row for each name: everything about it that an image keeps. */
function rows(root: DirectoryNode): Map<string, unknown> {
  const first = new Map<TreeNode, string>();
  const found = new Map<string, unknown>();
  const walk = (node: TreeNode, path: string): void => {
    const linkTo = first.get(node);
    if (linkTo === undefined) first.set(node, path);
    const { type, mode, uid, gid, mtime } = node;
    const xattrs = [...node.xattrs].sort(([a], [b]) => (a < b ? -1 : 1));
    const row = { type, mode, uid, gid, mtime, xattrs, linkTo };
    if (node.type === 'file') found.set(path, { ...row, content: digestOf(node.content) });
    else if (node.type === 'symlink') found.set(path, { ...row, target: node.target });
    else if (node.type === 'block' || node.type === 'character')
      found.set(path, { ...row, at: [node.major, node.minor] });
    else found.set(path, row);
    if (node.type !== 'directory') return;
    for (const name of [...node.children.keys()].sort()) walk(node.children.get(name)!, `${path}/${name}`);
  };
  walk(root, '');
  return found;
}

function digestOf(content: FileContent): string {
  if (content.kind !== 'sparse') return content.digest;
  const bytes = Buffer.alloc(content.size);
  for (const extent of content.extents) extent.bytes.copy(bytes, extent.offset);
  return sha256(bytes);
}

const obstacle = trixieObstacle();

describe('images made by mkfs.erofs of trixie', { skip: obstacle ?? false }, () => {
  let directory = '';
  let source: DirectoryNode;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ashlar-erofs-reader-'));
    mkdirSync(join(directory, 'source'));
    makeSource(join(directory, 'source'));
    source = await treeFromDirectory(join(directory, 'source'), contentInMemory);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  for (const [index, options] of LAYOUTS.entries()) {
    const name = options.length === 0 ? 'no options' : options.join(' ');
    test(`${name}: read as what they were made of`, async () => {
      const image = join(directory, `image-${index}`);
      trixieOutput(['mkfs.erofs', '--quiet', '-x1', ...options, image, join(directory, 'source')], {
        binds: [directory],
      });
      const file = openImageFile(image);
      try {
        const opened = openErofs(file.read, file.size);
        const tree = treeFromErofs(opened, (size, pieces) => {
          const parts = [...pieces].map((piece) => (piece.kind === 'data' ? piece.bytes : Buffer.alloc(piece.size)));
          return { kind: 'stored', size, digest: sha256(Buffer.concat(parts)) };
        });
        assert.deepEqual(rows(tree), rows(source));

        const steps = checkErofs(file.read, file.size);
        let step = steps.next();
        while (step.done !== true) step = steps.next();
        // Images of small blocks have no checksum, which is worth a warning.
        assert.deepEqual(
          step.value.findings.filter(({ severity }) => severity === 'error'),
          [],
        );
        if (index % 5 === 0) await extractAndCompare(opened, join(directory, `out-${index}`));
      } finally {
        file.close();
        rmSync(image, { force: true });
      }
    });
  }

  async function extractAndCompare(image: ReturnType<typeof openErofs>, to: string): Promise<void> {
    const start = readInode(image, image.superblock.rootNid);
    const { skipped } = await extractImage(image, {
      start,
      path: bytesOf(''),
      directory: to,
      signal: new AbortController().signal,
    });
    assert.deepEqual(skipped, []);
    assert.deepEqual(rows(await treeFromDirectory(to, contentInMemory)), rows(source));
    rmSync(to, { recursive: true });
  }
});
