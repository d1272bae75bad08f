import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readAtOf } from '../read-at.ts';
import { type Uuid, uuid } from '../uuid.ts';
import { encodePartitionTable } from './encode-table.ts';
import { HEADER } from './header.ts';
import { parsePartitionTable } from './parse-table.ts';
import { type PartitionTable, SECTOR_BYTES } from './partition-table.ts';
import { PARTITION_TYPE } from './partition-types.ts';
import { placePartitions } from './place-partitions.ts';
import { type PartitionNaming, relabelPartitions } from './relabel-partitions.ts';

const MIB = 1_048_576;
const id = (n: number): Uuid => uuid(`00000000-0000-4000-8000-${n.toString().padStart(12, '0')}`);
const { partitions, diskSize } = placePartitions(
  [1, 2, 3, 4].map((n) => ({
    type: PARTITION_TYPE.linuxGeneric,
    uuid: id(n),
    label: `p${n}`,
    size: MIB,
    attributes: BigInt(n),
  })),
);
const TABLE: PartitionTable = { diskUuid: id(9), diskSize, partitions };

function diskOf(table: PartitionTable): Buffer {
  const disk = Buffer.alloc(table.diskSize);
  for (const { offset, bytes } of Object.values(encodePartitionTable(table))) bytes.copy(disk, offset);
  return disk;
}

const plan = (disk: Buffer, changes: readonly (readonly [number, PartitionNaming])[]) =>
  relabelPartitions(readAtOf(disk), disk.length, new Map(changes));

function apply(disk: Buffer, writes: ReturnType<typeof relabelPartitions>): Buffer {
  for (const { offset, bytes } of writes) bytes.copy(disk, offset);
  return disk;
}

const CHANGE = [1, { uuid: id(77), label: 'new_1' }] as const;

test('the backup is written first, each array before its header', () => {
  assert.deepEqual(
    plan(diskOf(TABLE), [CHANGE]).map(({ what }) => what),
    ['backup-entries', 'backup-header', 'primary-entries', 'primary-header'],
  );
});

test('what is as it should be is not written', () => {
  assert.deepEqual(plan(diskOf(TABLE), []), []);
  assert.deepEqual(plan(diskOf(TABLE), [[1, { uuid: id(2), label: 'p2' }]]), []);
});

test('property: the result is the same table with other names, byte for byte as it would be written anew', () => {
  const naming = fc.record({
    uuid: fc.integer({ min: 100, max: 199 }).map(id),
    label: fc.string({ maxLength: 36 }).filter((text) => !text.includes('\0')),
  });
  const changes = fc.uniqueArray(fc.tuple(fc.nat(3), naming), { selector: ([index]) => index });
  fc.assert(
    fc.property(changes, (list) => {
      const wanted = new Map(list);
      if (new Set(list.map(([, { uuid }]) => uuid)).size !== list.length) return;
      const table = {
        ...TABLE,
        partitions: partitions.map((partition, index) => ({ ...partition, ...wanted.get(index) })),
      };
      assert.ok(apply(diskOf(TABLE), plan(diskOf(TABLE), list)).equals(diskOf(table)));
    }),
  );
});

test('bytes of the header that no field of ours covers stay', () => {
  const whole = diskOf(TABLE);
  const reserved = SECTOR_BYTES + 200;
  whole[reserved] = 0x5a;
  apply(whole, plan(whole, [CHANGE]));
  assert.equal(whole[reserved], 0x5a);
  assert.equal(parsePartitionTable(readAtOf(whole), whole.length).copies, 'equal');
});

describe('one copy is damaged', () => {
  const broken = (sector: number): Buffer => {
    const disk = diskOf(TABLE);
    disk[sector * SECTOR_BYTES + 3]! ^= 1;
    return disk;
  };
  const last = diskSize / SECTOR_BYTES - 1;

  test('the backup: it is written from the primary', () => {
    for (const sector of [last, last - 5]) {
      const disk = broken(sector);
      const writes = plan(disk, []);
      assert.deepEqual(
        writes.map(({ what }) => what),
        ['backup-entries', 'backup-header'],
      );
      assert.ok(apply(disk, writes).equals(diskOf(TABLE)));
    }
  });

  test('the primary: it is written from the backup, before the backup is touched', () => {
    for (const sector of [1, 2]) {
      const disk = broken(sector);
      assert.deepEqual(
        plan(disk, []).map(({ what }) => what),
        ['primary-entries', 'primary-header'],
      );
      const writes = plan(disk, [CHANGE]);
      assert.equal(writes[0]?.what, 'primary-entries');
      assert.equal(writes[2]?.what, 'backup-entries');
      assert.ok(apply(disk, writes.slice(0, 2)).equals(diskOf(TABLE)));
      const parsed = parsePartitionTable(readAtOf(apply(disk, writes)), disk.length);
      assert.equal(parsed.copies, 'equal');
      assert.equal(parsed.table.partitions[1]?.label, 'new_1');
    }
  });

  test('two that differ: the primary is what holds', () => {
    const disk = diskOf(TABLE);
    apply(disk, plan(disk, [CHANGE]).slice(0, 2));
    assert.equal(parsePartitionTable(readAtOf(disk), disk.length).copies, 'differ');
    assert.ok(apply(disk, plan(disk, [])).equals(diskOf(TABLE)));
  });
});

test('at every moment of a change one of the copies is valid: each write torn after any number of sectors', () => {
  const before = diskOf(TABLE);
  const writes = plan(before, [CHANGE]);
  for (const [step, { offset, bytes }] of writes.entries()) {
    for (let torn = 0; torn <= bytes.length; torn += SECTOR_BYTES) {
      const disk = apply(Buffer.from(before), writes.slice(0, step));
      bytes.copy(disk, offset, 0, torn);
      const { table } = parsePartitionTable(readAtOf(disk), disk.length);
      const committed = step === 3 || (step === 2 && torn > 0);
      const label = table.partitions[1]?.label;
      assert.ok(label === 'p2' || (committed && label === 'new_1'), `${step} ${torn}: ${label}`);
    }
  }
});

test('a disk that has grown keeps its table where it is', () => {
  const disk = Buffer.concat([diskOf(TABLE), Buffer.alloc(MIB)]);
  apply(disk, plan(disk, [CHANGE]));
  assert.equal(disk.readBigUInt64LE(SECTOR_BYTES + HEADER.alternateLba), BigInt(diskSize / SECTOR_BYTES - 1));
  assert.equal(parsePartitionTable(readAtOf(disk), disk.length).copies, 'equal');
});

describe('what cannot be', () => {
  const cases: Record<string, readonly [number, PartitionNaming]> = {
    'a partition that is not there': [7, { uuid: id(50), label: 'x' }],
    'a UUID that another partition has': [1, { uuid: id(3), label: 'x' }],
    'a label that is too long': [1, { uuid: id(50), label: 'x'.repeat(37) }],
  };
  for (const [name, change] of Object.entries(cases)) {
    test(name, () => assert.throws(() => plan(diskOf(TABLE), [change]), { code: 'partition-table-invalid' }));
  }
});
