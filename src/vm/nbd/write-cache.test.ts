import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { randomFrom } from '../../model/random.ts';
import { type DiskWrite, SECTOR_BYTES, WriteCache } from './write-cache.ts';

const SECTORS = 16;

/** Writes of whole sectors, each with a byte of its own, so that it can be told which of them a sector shows. */
const writes = fc
  .array(fc.record({ sector: fc.nat(SECTORS - 1), sectors: fc.integer({ min: 1, max: 4 }) }), { maxLength: 12 })
  .map((ranges) =>
    ranges.map(({ sector, sectors }, index): DiskWrite => {
      const length = Math.min(sectors, SECTORS - sector) * SECTOR_BYTES;
      return { offset: sector * SECTOR_BYTES, length, bytes: Buffer.alloc(length, index + 1) };
    }),
  );

const blank = (): Buffer => Buffer.alloc(SECTORS * SECTOR_BYTES);
const apply = (disk: Buffer, { offset, length, bytes }: DiskWrite): void => {
  if (bytes === undefined) disk.fill(0, offset, offset + length);
  else bytes.copy(disk, offset);
};

test('what is read is what was written last, wherever it is held', () => {
  fc.assert(
    fc.property(writes, fc.nat(SECTORS - 1), (all, from) => {
      const cache = new WriteCache();
      const expected = blank();
      for (const write of all) {
        cache.add(write);
        apply(expected, write);
      }
      const read = Buffer.alloc((SECTORS - from) * SECTOR_BYTES);
      cache.overlay(from * SECTOR_BYTES, read);
      assert.deepEqual(read, expected.subarray(from * SECTOR_BYTES));
    }),
  );
});

test('after a cut every sector is one that the disk had or that was written to it, whole', () => {
  fc.assert(
    fc.property(writes, fc.nat(), (all, seed) => {
      const cache = new WriteCache();
      for (const write of all) cache.add(write);
      const { writes: survivors, kept, torn, lost } = cache.cut(randomFrom(seed));
      assert.equal(kept + torn + lost, all.length);
      assert.deepEqual([cache.count, cache.bytes], [0, 0]);
      const disk = blank();
      for (const write of survivors) apply(disk, write);
      for (let sector = 0; sector < SECTORS; sector += 1) {
        const bytes = disk.subarray(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
        const [shown] = bytes;
        assert.ok(bytes.every((byte) => byte === shown));
        const at = sector * SECTOR_BYTES;
        const possible = all.filter(({ offset, length }) => at >= offset && at < offset + length);
        assert.ok(shown === 0 || possible.some(({ bytes: content }) => content![0] === shown));
      }
    }),
  );
});

test('keeps, loses, tears and reorders, given seeds enough; the same seed does the same', () => {
  const seen = { kept: 0, torn: 0, lost: 0, reordered: 0 };
  for (let seed = 0; seed < 100; seed += 1) {
    const cut = () => {
      const cache = new WriteCache();
      for (const fill of [1, 2]) cache.add({ offset: 0, length: 2048, bytes: Buffer.alloc(2048, fill) });
      return cache.cut(randomFrom(seed));
    };
    const { writes: survivors, kept, torn, lost } = cut();
    assert.deepEqual(cut().writes, survivors);
    seen.kept += kept;
    seen.torn += torn;
    seen.lost += lost;
    if (survivors.length === 1 && survivors[0]!.bytes![0] === 2) seen.reordered += 1;
  }
  assert.ok(
    Object.values(seen).every((count) => count > 0),
    JSON.stringify(seen),
  );
});
