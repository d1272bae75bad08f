import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Codec, codecId } from '../../src/formats/erofs/codec.ts';
import { encodeFile } from '../../src/formats/erofs/encode-file.ts';
import type { EncodedFile } from '../../src/formats/erofs/encoded-file.ts';
import { writeErofs } from '../../src/formats/erofs/write-erofs.ts';
import { bytesOf } from '../../src/model/byte-string.ts';
import { type DirectoryNode, type FileContent, NO_XATTRS } from '../../src/model/tree.ts';
import { compareMount } from './compare-mount.ts';
import { TORTURE_BUILD_TIME, tortureTree } from './torture-tree.ts';
import { runInTrixie, trixieObstacle } from './trixie.ts';

const CODECS: readonly Codec[] = [{ algorithm: 'none' }, { algorithm: 'lz4' }, { algorithm: 'zstd', level: 3 }];

/** Writes `root` to `path` with contents that are in memory. */
function writeImage(root: DirectoryNode, path: string, codec: Codec): void {
  const cache = new Map<string, EncodedFile>();
  const encodedOf = (content: FileContent): EncodedFile => {
    assert.ok(content.kind === 'bytes');
    const known = cache.get(content.digest) ?? encodeFile(content.bytes, codec);
    cache.set(content.digest, known);
    return known;
  };
  const file = openSync(path, 'w');
  const options = { uuid: Buffer.alloc(16, 0x5a), volumeName: 'torture', buildTime: TORTURE_BUILD_TIME };
  const { size } = writeErofs(
    root,
    options,
    { shapeOf: (content) => encodedOf(content).shape, encodedOf },
    {
      write: (position, bytes) => {
        assert.equal(writeSync(file, bytes, 0, bytes.length, position), bytes.length);
      },
    },
  );
  ftruncateSync(file, size);
  closeSync(file);
}

/** Mounts an image where the kernel can; otherwise says why not. */
function mountObstacle(directory: string): string | undefined {
  if (process.getuid?.() !== 0) return 'mounting needs root';
  const image = join(directory, 'probe');
  const metadata = { mode: 0o755, uid: 0, gid: 0, mtime: TORTURE_BUILD_TIME, xattrs: NO_XATTRS };
  writeImage({ type: 'directory', ...metadata, children: new Map() }, image, { algorithm: 'none' });
  const { status, stderr } = mount(image, join(directory, 'mnt'));
  if (status !== 0) return `this kernel does not mount EROFS: ${stderr.toString().trim()}`;
  spawnSync('umount', [join(directory, 'mnt')]);
  return undefined;
}

function mount(image: string, at: string): ReturnType<typeof spawnSync> {
  return spawnSync('mount', ['-t', 'erofs', '-o', 'ro,loop', image, at]);
}

describe('a tree of everything, judged by others', () => {
  let directory = '';
  let obstacle: string | undefined;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'ashlar-torture-'));
    mkdirSync(join(directory, 'mnt'));
    obstacle = mountObstacle(directory);
  });
  after(() => {
    spawnSync('umount', [join(directory, 'mnt')]);
    rmSync(directory, { recursive: true, force: true });
  });

  for (const codec of CODECS) {
    const name = codecId(codec);
    test(`${name}: the kernel shows what was written`, (context) => {
      if (obstacle !== undefined) return context.skip(obstacle);
      const root = tortureTree();
      const image = join(directory, codec.algorithm);
      writeImage(root, image, codec);
      const { status, stderr } = mount(image, join(directory, 'mnt'));
      assert.equal(status, 0, stderr.toString());
      try {
        assert.deepEqual(compareMount(root, join(directory, 'mnt')), []);
      } finally {
        spawnSync('umount', [join(directory, 'mnt')]);
      }
    });

    test(`${name}: fsck.erofs finds nothing`, (context) => {
      if (trixieObstacle() !== undefined) return context.skip(trixieObstacle());
      const root = tortureTree();
      // It reads holes as data: hours for terabytes.
      const holes = root.children.get(bytesOf('sparse'));
      assert.ok(holes?.type === 'directory');
      holes.children.delete(bytesOf('terabytes'));
      const image = join(directory, `${codec.algorithm}-fsck`);
      writeImage(root, image, codec);
      const { status, stdout, stderr } = runInTrixie(['fsck.erofs', '--extract', image], { binds: [directory] });
      assert.equal(status, 0, `${stdout}${stderr}`);
    });
  }
});
