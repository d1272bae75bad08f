import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../../model/digest.ts';
import { readAtOf } from '../read-at.ts';
import { fatTime } from './directory-entry.ts';
import { fatNames } from './fat-name.ts';
import { fatGeometry, MIN_CLUSTERS } from './geometry.ts';
import { type FatContents, type FatDirectoryNode, type FatNode, readFat32, readFatFile } from './read-fat32.ts';
import { type FatFile, type FatVolume, fatFreeBytes, writeFat32 } from './write-fat32.ts';

const MIB = 1_048_576;
const UKI = Buffer.alloc(300_001, 'kernel and initrd ');
const FILES: FatFile[] = [
  { path: 'EFI/BOOT/BOOTX64.EFI', content: Buffer.from('loader') },
  { path: 'loader/loader.conf', content: Buffer.from('editor no\n') },
  {
    path: 'EFI/Linux/minimal_1.0.0+3.efi',
    content: {
      size: UKI.length,
      copyTo: (write) => {
        for (let at = 0; at < UKI.length; at += 65_536) write(UKI.subarray(at, at + 65_536));
      },
    },
  },
  { path: 'EFI/Linux/minimal_1.0.1.efi', content: Buffer.from('next') },
  { path: 'EFI/Linux/empty', content: Buffer.alloc(0) },
  { path: `EFI/${'ü'.repeat(255)}`, content: Buffer.from('longest') },
  { path: 'EFI/thirteenunits', content: Buffer.from('a name that fills its entry') },
];
const VOLUME: FatVolume = { size: 64 * MIB, volumeId: 0xa51a_0001, label: 'ESP', mtime: 1_700_000_000, files: FILES };

function image(volume: FatVolume): Buffer {
  const bytes = Buffer.alloc(volume.size);
  writeFat32(volume, (offset, part) => bytes.set(part, offset));
  return bytes;
}

const read = (bytes: Buffer): FatContents => readFat32(readAtOf(bytes), bytes.length);

function find(root: FatDirectoryNode, path: string): FatNode | undefined {
  let node: FatNode | undefined = root;
  for (const part of path.split('/')) {
    node = node?.type === 'directory' ? node.children.find(({ name }) => name === part) : undefined;
  }
  return node;
}

const GOOD = image(VOLUME);

describe('a volume', () => {
  const { root, boot, problems } = read(GOOD);

  test('comes back with every file', () => {
    assert.deepEqual(problems, []);
    assert.equal(boot.label, 'ESP');
    assert.equal(boot.volumeId, 0xa51a_0001);
    for (const { path, content } of FILES) {
      const node = find(root, path);
      assert.ok(node?.type === 'file', path);
      const expected = 'size' in content ? UKI : content;
      assert.ok(readFatFile(readAtOf(GOOD), node, 2 ** 20)?.equals(expected), path);
      assert.ok((node.extents?.length ?? 2) <= 1, 'every file lies in one run');
    }
  });

  test('is bounded when read', () => {
    const uki = find(root, 'EFI/Linux/minimal_1.0.0+3.efi');
    assert.ok(uki?.type === 'file');
    assert.equal(readFatFile(readAtOf(GOOD), uki, UKI.length - 1), undefined);
  });

  test('does not depend on the order of the files', () => {
    assert.ok(image({ ...VOLUME, files: FILES.toReversed() }).equals(GOOD));
  });

  test('test vector of docs/development/formats/fat.md', () =>
    assert.equal(sha256(GOOD), 'e931d17b3b0b0c7e7bb263cf7c65594cd29ded8af33c254dc2d1f0630eaa5286'));
});

describe('geometry', () => {
  for (const [mib, clusterBytes] of [
    [34, 512],
    [64, 512],
    [128, 1024],
    [256, 2048],
    [512, 4096],
    [1024, 4096],
    [9 * 1024, 8192],
    [40 * 1024, 32_768],
  ] as const) {
    test(`${mib} MiB have clusters of ${clusterBytes} bytes, enough of them, on whole pages`, () => {
      const geometry = fatGeometry(mib * MIB);
      assert.equal(geometry.clusterBytes, clusterBytes);
      assert.ok(geometry.clusterCount >= MIN_CLUSTERS + 16);
      assert.ok((geometry.clusterCount + 2) * 4 <= geometry.fatSectors * 512);
      assert.equal(geometry.dataOffset % 4096, 0);
      assert.ok(geometry.dataOffset + geometry.clusterCount * clusterBytes <= mib * MIB);
    });
  }

  test('32 MiB are too small', () => assert.throws(() => fatGeometry(32 * MIB), { code: 'esp-too-small' }));
  test('half a sector is refused', () => assert.throws(() => fatGeometry(64 * MIB + 256), { code: 'usage' }));
  test('3 TiB are refused', () => assert.throws(() => fatGeometry(3 * 2 ** 40), { code: 'usage' }));
});

test('files that do not fit are refused with the numbers before anything is written', () => {
  const files = [{ path: 'big', content: { size: 65 * MIB, copyTo: () => assert.fail('must not be read') } }];
  assert.throws(() => writeFat32({ ...VOLUME, files }, () => assert.fail('must not be written')), {
    code: 'esp-too-small',
    message: /need 68157952 bytes.*67108864 bytes has room for 66056192/,
  });
  assert.equal(fatFreeBytes(64 * MIB, files), 66_056_192 - 65 * MIB - 512);
});

test('content that is not as long as announced is refused', () => {
  for (const bytes of [Buffer.alloc(3), Buffer.alloc(5)]) {
    const files: FatFile[] = [{ path: 'x', content: { size: 4, copyTo: (write) => write(bytes) } }];
    assert.throws(() => image({ ...VOLUME, files }), { code: 'internal' });
  }
});

describe('names', () => {
  const shorts = (...names: string[]): string[] => fatNames(names).map(({ short }) => short);

  test('short names are kept, case alone costs no number, the rest is cut and numbered', () => {
    assert.deepEqual(
      shorts('BOOTX64.EFI', 'Linux', 'loader.conf', 'a b.c.d', '.hidden', 'minimal_1.efi', 'minimal_2.efi'),
      ['BOOTX64 EFI', 'LINUX      ', 'LOADER~1CON', 'ABC~1   D  ', 'HIDDEN~1   ', 'MINIMA~1EFI', 'MINIMA~2EFI'],
    );
  });

  test('an alias never takes the name of another file', () => {
    assert.deepEqual(shorts('minimal_1.efi', 'MINIMA~1.EFI'), ['MINIMA~2EFI', 'MINIMA~1EFI']);
    const many = shorts(...Array.from({ length: 1200 }, (_, index) => `a long name ${index}.txt`));
    assert.equal(new Set(many).size, 1200);
  });

  for (const name of ['', '.', '..', 'a/b', 'con\0', 'a?', 'a*', 'end.', 'end ', '\ud800', 'x'.repeat(256)]) {
    test(`${JSON.stringify(name.slice(0, 12))} is refused`, () => {
      assert.throws(() => fatNames([name]), { code: 'path-unusable' });
    });
  }

  test('two names that differ in case alone are refused', () => {
    assert.throws(() => fatNames(['Linux', 'linux']), { code: 'path-conflict' });
    const both = ['a/b', 'a'].map((path) => ({ path, content: Buffer.alloc(0) }));
    assert.throws(() => image({ ...VOLUME, files: both }), { code: 'path-conflict' });
  });
});

test('times are UTC in steps of two seconds, within 1980–2107', () => {
  assert.deepEqual(fatTime(1_700_000_001), { date: (43 << 9) | (11 << 5) | 14, time: (22 << 11) | (13 << 5) | 10 });
  assert.deepEqual(fatTime(0), { date: (1 << 5) | 1, time: 0 });
  assert.deepEqual(fatTime(1e11), { date: (127 << 9) | (12 << 5) | 31, time: (23 << 11) | (59 << 5) | 29 });
});

describe('damage', () => {
  const { boot, root } = read(GOOD);
  const fatAt = boot.reservedSectors * 512;
  const uki = find(root, 'EFI/Linux/minimal_1.0.0+3.efi');
  assert.ok(uki?.type === 'file');
  const ukiCluster = (uki.extents![0]!.offset - boot.dataOffset) / boot.clusterBytes + 2;
  const entryAt = GOOD.indexOf('MINIMA~1EFI', boot.dataOffset, 'latin1');

  test('a chain that runs in a circle, out of the volume or ends early', () => {
    for (const next of [ukiCluster, 1, 0, boot.clusterCount + 2, 0x0fff_ffff]) {
      const bad = Buffer.from(GOOD);
      bad.writeUInt32LE(next, fatAt + (ukiCluster + 1) * 4);
      const { problems, root: damaged } = read(bad);
      assert.equal(problems.length, 1);
      assert.match(problems[0]!, /^\/EFI\/Linux\/minimal_1\.0\.0\+3\.efi: its? /);
      const node = find(damaged, 'EFI/Linux/minimal_1.0.0+3.efi');
      assert.ok(node?.type === 'file' && node.extents === undefined);
    }
  });

  test('a file whose size was never written is listed', () => {
    const bad = Buffer.from(GOOD);
    bad.writeUInt32LE(0, entryAt + 28);
    const node = find(read(bad).root, 'EFI/Linux/minimal_1.0.0+3.efi');
    assert.ok(node?.type === 'file' && node.size === 0 && node.extents === undefined);
  });

  test('an entry that lost its long name shows its short one', () => {
    const bad = Buffer.from(GOOD);
    bad[entryAt - 32] = 0xe5;
    const { root: damaged, problems } = read(bad);
    assert.equal(find(damaged, 'EFI/Linux/MINIMA~1.EFI')?.hasLongName, false);
    assert.deepEqual(problems, ['/EFI/Linux: 1 long names belong to no entry']);
  });

  test('a long name that lost its entry is reported', () => {
    const bad = Buffer.from(GOOD);
    bad[entryAt] = 0xe5;
    const { root: damaged, problems } = read(bad);
    assert.equal(find(damaged, 'EFI/Linux/minimal_1.0.0+3.efi'), undefined);
    assert.deepEqual(problems, ['/EFI/Linux: 1 long names belong to no entry']);
  });

  test('an entry that is there twice shows twice, and its clusters belong to the first', () => {
    const bad = Buffer.from(GOOD);
    const count = 3;
    const end = entryAt + 32 + 3 * 32; // after minimal_1.0.1.efi
    bad.copy(bad, end, entryAt - (count - 1) * 32, entryAt + 32);
    const { root: damaged, problems } = read(bad);
    const linux = find(damaged, 'EFI/Linux');
    assert.ok(linux?.type === 'directory');
    assert.equal(linux.children.filter(({ name }) => name === 'minimal_1.0.0+3.efi').length, 2);
    assert.equal(problems.length, 2);
  });

  test('a directory that contains itself ends', () => {
    const bad = Buffer.from(GOOD);
    bad.writeUInt16LE(boot.rootCluster, GOOD.indexOf('EFI        ', boot.dataOffset, 'latin1') + 26);
    const { problems } = read(bad);
    assert.match(problems.join('\n'), /shares cluster 2/);
  });

  test('other formats are refused', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(511), Buffer.alloc(MIB), GOOD.subarray(0, MIB)]) {
      assert.throws(() => read(bytes), { code: 'image-corrupt' });
    }
  });

  test('arbitrary changes of boot sector, FAT and directories are read or refused', () => {
    const place = fc.oneof(
      fc.nat(511),
      fc.integer({ min: fatAt, max: fatAt + 4096 }),
      fc.integer({ min: boot.dataOffset, max: boot.dataOffset + 8192 }),
    );
    const bad = Buffer.from(GOOD);
    fc.assert(
      fc.property(fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 8 }), (edits) => {
        for (const [at, value] of edits) bad[at] = value;
        try {
          read(bad);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'image-corrupt');
        } finally {
          for (const [at] of edits) bad[at] = GOOD[at]!;
        }
      }),
    );
  });
});
