import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readAtOf } from '../read-at.ts';
import { type CheckedVolume, checkFat32 } from './check-fat32.ts';
import { DIRECTORY_ENTRY_BYTES, ENTRY } from './directory-entry.ts';
import { FAT_ENTRY_BYTES, FIRST_CLUSTER, SECTOR_BYTES } from './geometry.ts';
import { planFatRepair } from './plan-fat-repair.ts';
import { writeFat32 } from './write-fat32.ts';

const SIZE = 34 << 20;
const CONTENT = Buffer.alloc(5000, 'a boot image');
const LONG = 'system_1.0.0+3.efi';
const OTHER = 'system_1.0.0+2-1.efi';

/** A volume with two files in `EFI/Linux` and the places of what is damaged in it. */
class Volume {
  readonly bytes = Buffer.alloc(SIZE);

  constructor() {
    const files = [LONG, OTHER].map((name) => ({ path: `EFI/Linux/${name}`, content: CONTENT }));
    writeFat32({ size: SIZE, mtime: 0, label: 'ESP', volumeId: 1, files }, (offset, bytes) =>
      this.bytes.set(bytes, offset),
    );
  }

  check(): CheckedVolume {
    return checkFat32(readAtOf(this.bytes), SIZE);
  }

  /** Repairs it, keeping the name that sorts first, and returns which entries went. */
  repair(): readonly string[] {
    const { phases, removed } = planFatRepair(
      this.check(),
      (names) => names.toSorted((a, b) => (a.path < b.path ? -1 : 1))[0]!,
    );
    for (const { offset, bytes } of phases.flat()) bytes.copy(this.bytes, offset);
    return removed;
  }

  get files(): string[] {
    return this.check().files.map(({ record }) => record.name);
  }

  /** The short entry of a file, as it lies on the volume. */
  entry(name: string): Buffer {
    const { boot, files } = this.check();
    const { record, directory } = files.find((file) => file.record.name === name)!;
    const at = (record.entries.first + record.entries.count - 1) * DIRECTORY_ENTRY_BYTES;
    const cluster = directory.clusters[Math.floor(at / boot.clusterBytes)]!;
    const offset = boot.dataOffset + (cluster - FIRST_CLUSTER) * boot.clusterBytes + (at % boot.clusterBytes);
    return this.bytes.subarray(offset, offset + DIRECTORY_ENTRY_BYTES);
  }

  /** Where the FAT's entry of a cluster lies, in the first copy or the second. */
  fatAt(cluster: number, copy: 0 | 1): number {
    const { boot } = this.check();
    return (boot.reservedSectors + copy * boot.fatSectors) * SECTOR_BYTES + cluster * FAT_ENTRY_BYTES;
  }
}

function sound(volume: Volume): void {
  assert.deepEqual(volume.check().problems, []);
  assert.deepEqual(planFatRepair(volume.check(), (names) => names[0]!).phases, []);
}

test('a volume that is sound has no problems, and nothing is written', () => sound(new Volume()));

describe('what a power cut leaves', () => {
  test('one file under two names: one stays, and the clusters are still its own', () => {
    const volume = new Volume();
    const free = volume.check().freeClusters;
    // As a rename leaves it whose deletion of the old name was lost; what the second file had is lost as well.
    volume.entry(LONG).copy(volume.entry(OTHER), ENTRY.clusterHigh, ENTRY.clusterHigh, ENTRY.clusterHigh + 2);
    volume.entry(LONG).copy(volume.entry(OTHER), ENTRY.clusterLow, ENTRY.clusterLow);
    assert.deepEqual(volume.check().files[0]?.sharedWith, [`EFI/Linux/${LONG}`]);
    assert.deepEqual(volume.repair(), [`EFI/Linux/${LONG}`]);
    sound(volume);
    assert.deepEqual(volume.files, [OTHER]);
    const { files, boot, freeClusters } = volume.check();
    assert.equal(freeClusters, free + Math.ceil(CONTENT.length / boot.clusterBytes));
    const [extent] = files[0]!.extents!;
    assert.ok(volume.bytes.subarray(extent!.offset, extent!.offset + extent!.bytes).equals(CONTENT));
  });

  test('a name that points to nothing yet, and the clusters of the file that it should have had', () => {
    const volume = new Volume();
    volume
      .entry(LONG)
      .fill(0, ENTRY.clusterHigh, ENTRY.clusterHigh + 2)
      .fill(0, ENTRY.clusterLow, ENTRY.clusterLow + 2);
    assert.deepEqual(volume.repair(), [`EFI/Linux/${LONG}`]);
    sound(volume);
    assert.deepEqual(volume.files, [OTHER]);
  });

  test('an empty file is no damage', () => {
    const volume = new Volume();
    volume.entry(LONG).fill(0, ENTRY.clusterLow);
    volume.entry(LONG).fill(0, ENTRY.clusterHigh, ENTRY.clusterHigh + 2);
    assert.deepEqual(volume.repair(), []);
    sound(volume);
    assert.deepEqual(volume.files.toSorted(), [OTHER, LONG]);
  });

  test('a chain that is freed in part', () => {
    const volume = new Volume();
    const cluster = volume.entry(LONG).readUInt16LE(ENTRY.clusterLow);
    for (const copy of [0, 1] as const) volume.bytes.writeUInt32LE(0, volume.fatAt(cluster + 2, copy));
    assert.deepEqual(volume.repair(), [`EFI/Linux/${LONG}`]);
    sound(volume);
  });

  test('a chain that runs in a circle, and one that leaves the volume', () => {
    for (const next of [0, 0x0fff_0000]) {
      const volume = new Volume();
      const cluster = volume.entry(LONG).readUInt16LE(ENTRY.clusterLow);
      for (const copy of [0, 1] as const) volume.bytes.writeUInt32LE(next || cluster, volume.fatAt(cluster + 2, copy));
      assert.deepEqual(volume.repair(), [`EFI/Linux/${LONG}`]);
      sound(volume);
    }
  });

  test('a second FAT that was not written', () => {
    const volume = new Volume();
    const cluster = volume.entry(LONG).readUInt16LE(ENTRY.clusterLow);
    volume.bytes.writeUInt32LE(0, volume.fatAt(cluster, 1));
    assert.match(volume.check().problems.join(), /copies of the FAT differ/);
    assert.deepEqual(volume.repair(), []);
    sound(volume);
    assert.deepEqual(volume.files.toSorted(), [OTHER, LONG]);
  });

  test('a long name whose short entry was deleted', () => {
    const volume = new Volume();
    volume.entry(LONG)[0] = 0xe5;
    assert.match(volume.check().problems.join(), /long names belong to no entry.*clusters belong to no file/);
    volume.repair();
    sound(volume);
    assert.deepEqual(volume.files, [OTHER]);
  });

  test('a short entry whose long name was deleted keeps its file, under the alias', () => {
    const volume = new Volume();
    const entry = volume.entry(LONG);
    volume.bytes[entry.byteOffset - volume.bytes.byteOffset - DIRECTORY_ENTRY_BYTES] = 0xe5;
    volume.repair();
    sound(volume);
    assert.deepEqual(volume.files.toSorted(), ['SYSTEM~2.EFI', OTHER]);
  });

  test('entries behind the end of a directory, which Linux sees and firmware does not', () => {
    const volume = new Volume();
    const entry = volume.entry(LONG);
    const end = entry.byteOffset - volume.bytes.byteOffset + DIRECTORY_ENTRY_BYTES;
    volume.bytes[end + DIRECTORY_ENTRY_BYTES] = 0x41;
    assert.match(volume.check().problems.join(), /entries behind its end/);
    assert.deepEqual(volume.repair(), []);
    sound(volume);
  });
});

describe('hostile volumes', () => {
  test('a root directory that runs into itself', () => {
    const volume = new Volume();
    const places = [volume.fatAt(2, 0), volume.fatAt(2, 1)];
    for (const at of places) volume.bytes.writeUInt32LE(2, at);
    assert.throws(() => volume.check(), { code: 'image-corrupt' });
  });

  test('a FAT of a terabyte asks for no memory', () => {
    const volume = new Volume();
    volume.bytes.writeUInt32LE(0x00f0_0000, 32);
    volume.bytes.writeUInt32LE(0x0001_0000, 36);
    assert.throws(() => checkFat32(readAtOf(volume.bytes), 2 ** 41), { code: /^image-(unsupported|corrupt)$/ });
  });
});
