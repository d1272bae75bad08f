import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { rootFilesForBoot } from '../../src/build/assemble/boot/root-files.ts';
import { convertDisk } from '../../src/build/disk/convert-disk.ts';
import { diskLayout } from '../../src/build/disk/disk-layout.ts';
import { sampleRelease } from '../../src/build/disk/sample-release.ts';
import { writeDiskImage } from '../../src/build/disk/write-disk-image.ts';
import { sha256 } from '../../src/model/digest.ts';
import { runInTrixie } from './trixie.ts';

const MEBIBYTE = 1024 ** 2;
const directory = mkdtempSync(join(tmpdir(), 'ashlar-disk-oracle-'));
after(() => rmSync(directory, { recursive: true }));
const manifest = sampleRelease(directory);
const out = join(directory, 'disk.raw');
await writeDiskImage({ manifest, directory, out, durable: false });
const { table } = diskLayout(manifest);

function trixie(...argv: string[]): string {
  const { status, stdout, stderr } = runInTrixie(argv, { binds: [directory] });
  assert.equal(status, 0, `${argv.join(' ')}: ${stdout}${stderr}`);
  return stdout.toString();
}

test('sgdisk finds no problems in a new disk', () => {
  assert.match(trixie('sgdisk', '--verify', out), /No problems found/);
});

test('fsck.vfat finds the ESP clean, and mtools the files that firmware and loader look for', () => {
  const esp = join(directory, 'esp.img');
  const { start, size } = table.partitions[0]!;
  writeFileSync(esp, readFileSync(out).subarray(start, start + size));
  trixie('fsck.vfat', '-n', '-v', esp);
  const files = trixie('mdir', '-i', esp, '-/', '-b', '::').split('\n').filter(Boolean).sort();
  assert.deepEqual(
    files.filter((path) => !path.endsWith('/')),
    [
      '::/EFI/BOOT/BOOTX64.EFI',
      '::/EFI/Linux/sample_1.0.0.efi',
      '::/EFI/systemd/systemd-bootx64.efi',
      '::/loader/entries.srel',
      '::/loader/loader.conf',
    ],
  );
  assert.match(trixie('mtype', '-i', esp, '::/loader/loader.conf'), /^editor no$/m);
});

test('veritysetup verifies root and hash tree where the table says they are', () => {
  const disk = readFileSync(out);
  const parts = { root: table.partitions[1]!, tree: table.partitions[2]! };
  for (const [name, { start, size }] of Object.entries(parts)) {
    writeFileSync(join(directory, `${name}.part`), disk.subarray(start, start + size));
  }
  trixie('veritysetup', 'verify', join(directory, 'root.part'), join(directory, 'tree.part'), manifest.root.hash);
});

test('systemd-repart makes /var behind the slots, moves nothing, and grows it with the disk', () => {
  const definitions = join(directory, 'repart.d');
  mkdirSync(definitions);
  const [[, definition] = []] = rootFilesForBoot({ disk: { var: { minSize: manifest.disk.varBytes } } });
  writeFileSync(join(definitions, '50-var.conf'), definition ?? '');
  const before = trixie('sfdisk', '--json', out);
  const repart = (): string =>
    trixie(
      'systemd-repart',
      '--dry-run=no',
      '--empty=refuse',
      '--discard=no',
      '--seed=random',
      '--json=short',
      '--offline=yes',
      `--definitions=${definitions}`,
      out,
    );
  repart();
  const after1 = partitionsOf(trixie('sfdisk', '--json', out));
  const slots = partitionsOf(before);
  assert.deepEqual(after1.slice(0, slots.length), slots);
  const varPartition = after1.at(-1)!;
  assert.equal(varPartition.type, '4D21B016-B534-45C2-A9FB-5C16E091FD2D');
  assert.ok(varPartition.size * 512 >= manifest.disk.varBytes);

  truncateSync(out, table.diskSize + 200 * MEBIBYTE);
  repart();
  const after2 = partitionsOf(trixie('sfdisk', '--json', out));
  assert.deepEqual(after2.slice(0, slots.length), slots);
  assert.ok(after2.at(-1)!.size >= varPartition.size + (199 * MEBIBYTE) / 512);
  assert.match(trixie('sgdisk', '--verify', out), /No problems found/);
});

test('qemu-img reads the same bytes back from every format', async () => {
  await writeDiskImage({ manifest, directory, out, durable: false });
  const before = sha256(readFileSync(out));
  for (const [format, driver] of [
    ['qcow2', 'qcow2'],
    ['vmdk', 'vmdk'],
    ['vhd', 'vpc'],
  ] as const) {
    const converted = join(directory, `disk.${format}`);
    await convertDisk(out, format, converted);
    const back = join(directory, 'back.raw');
    trixie('qemu-img', 'convert', '-f', driver, '-O', 'raw', converted, back);
    assert.equal(sha256(readFileSync(back).subarray(0, table.diskSize)), before, format);
  }
});

interface ListedPartition {
  readonly start: number;
  readonly size: number;
  readonly type: string;
  readonly uuid: string;
}

function partitionsOf(json: string): ListedPartition[] {
  const { partitiontable } = JSON.parse(json) as { partitiontable: { partitions: ListedPartition[] } };
  return partitiontable.partitions.map(({ start, size, type, uuid }) => ({ start, size, type, uuid }));
}
