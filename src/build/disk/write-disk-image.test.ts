import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PARTITION_TYPE, ROOT_PARTITION_TYPE } from '../../formats/gpt/partition-types.ts';
import { EMPTY_LABEL } from '../../formats/gpt/slot-label.ts';
import { sha256 } from '../../model/digest.ts';
import { diskLayout } from './disk-layout.ts';
import { sampleRelease } from './sample-release.ts';
import { writeDiskImage } from './write-disk-image.ts';

const MEBIBYTE = 1024 ** 2;
const directory = mkdtempSync(join(tmpdir(), 'ashlar-disk-'));
after(() => rmSync(directory, { recursive: true }));
const manifest = sampleRelease(directory);
const out = join(directory, 'disk.raw');

test('lays out ESP and slots, the first one named by the root hash', () => {
  const { table } = diskLayout(manifest);
  assert.deepEqual(
    table.partitions.map((partition) => [partition?.type, partition?.label, (partition?.size ?? 0) / MEBIBYTE]),
    [
      [PARTITION_TYPE.esp, 'esp', 64],
      [ROOT_PARTITION_TYPE.amd64.root, 'sample_1.0.0', 8],
      [ROOT_PARTITION_TYPE.amd64.verity, 'sample_1.0.0', 1],
      [ROOT_PARTITION_TYPE.amd64.root, EMPTY_LABEL, 8],
      [ROOT_PARTITION_TYPE.amd64.verity, EMPTY_LABEL, 1],
    ],
  );
  assert.equal(table.partitions[1]?.uuid.replaceAll('-', ''), manifest.root.hash.slice(0, 32));
  assert.equal(table.partitions[2]?.uuid.replaceAll('-', ''), manifest.root.hash.slice(32));
  const uuids = [table.diskUuid, ...table.partitions.map((partition) => partition?.uuid)];
  assert.equal(new Set(uuids).size, uuids.length);
});

test('leaves room for /var behind the slots', () => {
  const { table } = diskLayout(manifest);
  const end = Math.max(...table.partitions.map((partition) => partition!.start + partition!.size));
  assert.ok(table.diskSize - end >= manifest.disk.varBytes + MEBIBYTE / 2, `${table.diskSize - end} bytes are left`);
});

test('puts the files of the release where the table says', async () => {
  const { size } = await writeDiskImage({ manifest, directory, out, durable: false });
  const disk = readFileSync(out);
  const [, root, tree] = diskLayout(manifest).table.partitions;
  assert.equal(disk.length, size);
  for (const [partition, file] of [
    [root!, manifest.root.image],
    [tree!, manifest.root.tree],
  ] as const) {
    assert.equal(sha256(disk.subarray(partition.start, partition.start + file.size)), file.sha256);
  }
});

test('writes no file system blocks for zeros', () => {
  const { size, blocks } = statSync(out);
  assert.ok(blocks * 512 < size / 20, `${blocks * 512} of ${size} bytes are allocated`);
});

test('gives the same bytes twice, and leaves nothing else behind', async () => {
  const again = join(directory, 'again.raw');
  await writeDiskImage({ manifest, directory, out: again, durable: false });
  assert.equal(sha256(readFileSync(again)), sha256(readFileSync(out)));
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.startsWith('.')),
    [],
  );
});

test('takes a larger disk, and refuses one without room for /var', async () => {
  const large = await writeDiskImage({ manifest, directory, out, durable: false, diskSize: 300 * MEBIBYTE });
  assert.equal(large.size, 300 * MEBIBYTE);
  await assert.rejects(writeDiskImage({ manifest, directory, out, diskSize: 100 * MEBIBYTE }), {
    code: 'disk-too-small',
  });
});

test('refuses an image that is larger than its slot, with the numbers', async () => {
  const small = { ...manifest, disk: { ...manifest.disk, slotBytes: 2 * MEBIBYTE } };
  await assert.rejects(writeDiskImage({ manifest: small, directory, out }), {
    code: 'image-larger-than-slot',
    message:
      'The root image has 3.1 MB (3145728 bytes), and its partition 2.1 MB (2097152 bytes): 1.0 MB (1048576 bytes) too many.',
  });
});

test('refuses an ESP that has no room for the next boot image and the way back', async () => {
  const uki = { ...manifest.boot.uki, size: 22 * MEBIBYTE };
  await assert.rejects(writeDiskImage({ manifest: { ...manifest, boot: { ...manifest.boot, uki } }, directory, out }), {
    code: 'esp-too-small',
  });
});

test('leaves an earlier disk alone when a file of the release is cut off', async () => {
  const before = sha256(readFileSync(out));
  const broken = mkdtempSync(join(tmpdir(), 'ashlar-disk-'));
  try {
    sampleRelease(broken);
    truncateSync(join(broken, 'root.erofs'), MEBIBYTE);
    await assert.rejects(writeDiskImage({ manifest, directory: broken, out }), { code: 'release-not-found' });
    assert.equal(sha256(readFileSync(out)), before);
    assert.deepEqual(
      readdirSync(directory).filter((name) => name.startsWith('.')),
      [],
    );
  } finally {
    rmSync(broken, { recursive: true });
  }
});

test('stops when it is told to', async () => {
  const signal = AbortSignal.abort(new Error('stopped'));
  await assert.rejects(writeDiskImage({ manifest, directory, out, signal }), { message: 'stopped' });
});
