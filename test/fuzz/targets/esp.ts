import assert from 'node:assert/strict';
import { checkFat32 } from '../../../src/formats/fat/check-fat32.ts';
import { planFatRepair } from '../../../src/formats/fat/plan-fat-repair.ts';
import { writeFat32 } from '../../../src/formats/fat/write-fat32.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const SECTOR_BYTES = 512;
const SIZE = 34 << 20;
/** What an input holds: the boot sector, the beginnings of the two FATs, and the first clusters. */
const PIECES = ((): readonly { readonly at: number; readonly bytes: number }[] => {
  const volume = sample();
  const reserved = volume.readUInt16LE(14);
  const fatSectors = volume.readUInt32LE(36);
  return [
    { at: 0, bytes: SECTOR_BYTES },
    { at: reserved * SECTOR_BYTES, bytes: SECTOR_BYTES },
    { at: (reserved + fatSectors) * SECTOR_BYTES, bytes: SECTOR_BYTES },
    { at: (reserved + 2 * fatSectors) * SECTOR_BYTES, bytes: 16 * SECTOR_BYTES },
  ];
})();

function sample(): Buffer {
  const volume = Buffer.alloc(SIZE);
  const files = ['system_1.0.0+2-1.efi', 'system_1.0.1+3.efi', 'system_1.0.2.efi.new'].map((name, index) => ({
    path: `EFI/Linux/${name}`,
    content: Buffer.alloc(400 + 700 * index, name),
  }));
  writeFat32({ size: SIZE, mtime: 0, label: 'ESP', volumeId: 1, files }, (offset, bytes) => volume.set(bytes, offset));
  return volume;
}

/** The check of an ESP, and its repair: what was repaired has to be sound. */
const target: FuzzTarget = {
  name: 'esp',
  seeds: () => {
    const volume = sample();
    return [Buffer.concat(PIECES.map(({ at, bytes }) => volume.subarray(at, at + bytes)))];
  },
  run(input) {
    const volume = Buffer.alloc(SIZE);
    let from = 0;
    for (const { at, bytes } of PIECES) {
      volume.set(input.subarray(from, from + bytes), at);
      from += bytes;
    }
    const read = (offset: number, bytes: number): Buffer => {
      if (offset < 0 || bytes < 0 || offset + bytes > SIZE) throw new RangeError('read outside of the volume');
      return Buffer.from(volume.subarray(offset, offset + bytes));
    };
    const { phases } = planFatRepair(checkFat32(read, SIZE), (names) => names[0]!);
    for (const { offset, bytes } of phases.flat()) bytes.copy(volume, offset);
    assert.deepEqual(checkFat32(read, SIZE).problems, []);
  },
};

export default target;
