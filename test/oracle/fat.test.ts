import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { type FatDirectoryNode, readFat32, readFatFile } from '../../src/formats/fat/read-fat32.ts';
import { type FatFile, writeFat32 } from '../../src/formats/fat/write-fat32.ts';
import { readAtOf } from '../../src/formats/read-at.ts';
import { runInTrixie, trixieObstacle, trixieOutput } from './trixie.ts';

const skip = trixieObstacle() ?? false;
const directory = mkdtempSync(join(tmpdir(), 'ashlar-oracle-fat-'));
after(() => rmSync(directory, { recursive: true }));
const binds = [directory];
const path = join(directory, 'esp');

const MIB = 1_048_576;
const MTIME = 1_700_000_000;

/** Contents that are not all alike, so that two swapped files are seen. */
function content(name: string, bytes: number): Buffer {
  return Buffer.alloc(bytes, hash('sha256', name, 'buffer'));
}

const NAMES = [
  'EFI/BOOT/BOOTX64.EFI',
  'EFI/systemd/systemd-bootx64.efi',
  'EFI/Linux/minimal_1.0.0.efi',
  'EFI/Linux/minimal_1.0.1+3.efi',
  'EFI/Linux/minimal_1.0.1+2-1.efi',
  'loader/loader.conf',
  'loader/entries.srel',
  'ünïcödé 日本語/ein langer Name mit Leerzeichen.txt',
  `long/${'x'.repeat(255)}`,
  'many.dots.in.a.name',
  '.hidden',
  'MINIMA~1.EFI',
  'minimal one.efi',
  'empty',
];
const FILES: FatFile[] = [
  ...NAMES.map((name, index) => ({ path: name, content: content(name, name === 'empty' ? 0 : index * 5000 + 1) })),
  // Several clusters of directory entries.
  ...Array.from({ length: 400 }, (_, index) => ({
    path: `crowd/a long file name ${index}`,
    content: content(`${index}`, 7),
  })),
];
/** EFI, EFI/BOOT, EFI/Linux, EFI/systemd, loader, long, crowd, ünïcödé 日本語, and the label, which it counts as well. */
const DIRECTORIES = 9;
const EXPECTED = new Map(FILES.map((file) => [file.path, file.content as Buffer]));

function writeVolume(mib: number): void {
  rmSync(path, { force: true });
  const file = openSync(path, 'w');
  ftruncateSync(file, mib * MIB);
  const volume = { size: mib * MIB, volumeId: 0x1234_abcd, label: 'ESP', mtime: MTIME, files: FILES };
  writeFat32(volume, (offset, bytes) => writeSync(file, bytes, 0, bytes.length, offset));
  closeSync(file);
}

function filesUnder(root: string, at = ''): Map<string, Buffer> {
  return new Map(
    readdirSync(join(root, at), { withFileTypes: true }).flatMap((entry): [string, Buffer][] => {
      const name = at === '' ? entry.name : `${at}/${entry.name}`;
      return entry.isDirectory() ? [...filesUnder(root, name)] : [[name, readFileSync(join(root, name))]];
    }),
  );
}

function assertSameFiles(actual: ReadonlyMap<string, Buffer>, expected: ReadonlyMap<string, Buffer>): void {
  assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort());
  for (const [name, bytes] of expected) assert.ok(actual.get(name)?.equals(bytes), name);
}

for (const mib of [33, 64, 100, 260, 512, 1024]) {
  test(`fsck.vfat accepts a volume of ${mib} MiB`, { skip }, () => {
    writeVolume(mib);
    const { status, stdout } = runInTrixie(['fsck.vfat', '-n', '-v', path], { binds });
    assert.equal(status, 0, stdout.toString());
    const lines = stdout.toString().trimEnd().split('\n');
    assert.match(lines.at(-1)!, new RegExp(`: ${FILES.length + DIRECTORIES} files, `));
    assert.ok(lines.includes('         2 FATs, 32 bit entries'));
    // What it says of a sound volume ends with these two steps; anything it finds comes after or between them.
    assert.deepEqual(lines.slice(-3, -1), ['Checking for unused clusters.', 'Checking free cluster summary.']);
  });
}

test('mtools copies out what was put in', { skip }, () => {
  writeVolume(64);
  const out = join(directory, 'mtools');
  mkdirSync(out);
  trixieOutput(['mcopy', '-s', '-i', path, '::/', out], { binds, env: { MTOOLS_SKIP_CHECK: '1' } });
  assertSameFiles(filesUnder(out), EXPECTED);
});

test('the kernel mounts it and reads the same', { skip }, (t) => {
  writeVolume(512);
  const mountPoint = join(directory, 'mnt');
  mkdirSync(mountPoint);
  const mounted = spawnSync('mount', ['-t', 'vfat', '-o', 'loop,ro,utf8,tz=UTC,shortname=mixed', path, mountPoint]);
  if (mounted.status !== 0) {
    t.skip(`this machine cannot mount FAT: ${mounted.stderr.toString().trim()}`);
    return;
  }
  try {
    assertSameFiles(filesUnder(mountPoint), EXPECTED);
    assert.equal(statSync(join(mountPoint, 'loader/loader.conf')).mtimeMs, MTIME * 1000);
  } finally {
    spawnSync('umount', [mountPoint]);
  }
});

test('a volume of mkfs.fat and mtools is read', { skip }, () => {
  const source = join(directory, 'source');
  for (const [name, bytes] of EXPECTED) {
    mkdirSync(dirname(join(source, name)), { recursive: true });
    writeFileSync(join(source, name), bytes);
  }
  rmSync(path, { force: true });
  trixieOutput(['mkfs.fat', '-F32', '-C', '-n', 'THEIRS', '-i', 'cafe0001', path, String(64 * 1024)], { binds });
  const sources = readdirSync(source).map((name) => join(source, name));
  trixieOutput(['mcopy', '-s', '-i', path, ...sources, '::/'], { binds });
  // A hole in the FAT: what is deleted and written again no longer lies in one run.
  trixieOutput(['mdel', '-i', path, '::/loader/loader.conf'], { binds });
  trixieOutput(['mcopy', '-i', path, join(source, 'loader/loader.conf'), '::/loader/loader.conf'], { binds });

  const bytes = readFileSync(path);
  const { root, boot, problems } = readFat32(readAtOf(bytes), bytes.length);
  assert.deepEqual(problems, []);
  assert.equal(boot.volumeId, 0xcafe_0001);
  assertSameFiles(contentsOf(bytes, root), EXPECTED);
});

function contentsOf(image: Buffer, root: FatDirectoryNode, at = ''): Map<string, Buffer> {
  return new Map(
    root.children.flatMap((node): [string, Buffer][] => {
      const name = at === '' ? node.name : `${at}/${node.name}`;
      if (node.type === 'directory') return [...contentsOf(image, node, name)];
      return [[name, readFatFile(readAtOf(image), node, 2 ** 30)!]];
    }),
  );
}
