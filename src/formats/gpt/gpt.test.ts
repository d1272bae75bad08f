import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { sha256 } from '../../model/digest.ts';
import { readAtOf } from '../read-at.ts';
import { NIL_UUID, type Uuid, uuid } from '../uuid.ts';
import { encodePartitionTable } from './encode-table.ts';
import { parsePartitionTable } from './parse-table.ts';
import { MAX_LABEL_UNITS, PARTITION_ATTRIBUTE, type Partition, type PartitionTable } from './partition-table.ts';
import { PARTITION_TYPE, ROOT_PARTITION_TYPE } from './partition-types.ts';
import { partitionUuidsFromRootHash } from './partition-uuids.ts';
import { placePartitions } from './place-partitions.ts';

const MIB = 1_048_576;
const DISK_UUID = uuid('d1d1d1d1-0000-4000-8000-000000000001');
const number = (n: number): Uuid => uuid(`00000000-0000-4000-8000-${n.toString().padStart(12, '0')}`);

const ROOT_UUIDS = partitionUuidsFromRootHash(sha256('a root hash'));
const { partitions: PARTITIONS, diskSize: DISK_SIZE } = placePartitions([
  { type: PARTITION_TYPE.esp, uuid: number(1), label: 'esp', size: 2 * MIB, attributes: 0n },
  {
    type: ROOT_PARTITION_TYPE.amd64.root,
    uuid: ROOT_UUIDS.root,
    label: 'minimal_1.0.0',
    size: MIB - 4096,
    attributes: PARTITION_ATTRIBUTE.readOnly,
  },
  {
    type: ROOT_PARTITION_TYPE.amd64.verity,
    uuid: ROOT_UUIDS.verity,
    label: 'ü'.repeat(MAX_LABEL_UNITS),
    size: 1,
    attributes: 0n,
  },
]);
const TABLE: PartitionTable = { diskUuid: DISK_UUID, diskSize: DISK_SIZE, partitions: PARTITIONS };

function diskOf(table: PartitionTable): Buffer {
  const disk = Buffer.alloc(table.diskSize);
  for (const { offset, bytes } of Object.values(encodePartitionTable(table))) bytes.copy(disk, offset);
  return disk;
}

const parse = (disk: Buffer) => parsePartitionTable(readAtOf(disk), disk.length);

test('partitions are placed on whole MiB, and the disk has room for the backup table', () => {
  assert.deepEqual(
    PARTITIONS.map(({ start, size }) => [start / MIB, size / MIB]),
    [
      [1, 2],
      [3, 1],
      [4, 1],
    ],
  );
  assert.equal(DISK_SIZE, 6 * MIB);
});

test('partition UUIDs are the halves of the root hash', () => {
  const hash = sha256('x');
  const { root, verity } = partitionUuidsFromRootHash(hash);
  assert.equal(root.replaceAll('-', '') + verity.replaceAll('-', ''), hash);
});

test('a table comes back from both copies', () => {
  const parsed = parse(diskOf(TABLE));
  assert.equal(parsed.copies, 'equal');
  assert.deepEqual(parsed.table, TABLE);
  assert.deepEqual(parsed.backup, { valid: true, table: TABLE });
});

test('unused entries between partitions keep their place', () => {
  const table = { ...TABLE, partitions: [PARTITIONS[0], undefined, PARTITIONS[2]] };
  assert.deepEqual(parse(diskOf(table)).table, table);
});

test('a backup that is not at the end of a grown disk is found', () => {
  const grown = Buffer.concat([diskOf(TABLE), Buffer.alloc(MIB)]);
  assert.equal(parse(grown).copies, 'equal');
  assert.equal(parse(grown).table.diskSize, DISK_SIZE);
});

test('test vector of docs/development/formats/gpt.md', () => {
  const partition = (
    n: number,
    type: Uuid,
    label: string,
    start: number,
    size: number,
    attributes: bigint,
  ): Partition => {
    return {
      type,
      uuid: uuid(`d1d1d1d1-0000-4000-8000-00000000000${n}`),
      label,
      start: start * MIB,
      size: size * MIB,
      attributes,
    };
  };
  const disk = diskOf({
    diskUuid: DISK_UUID,
    diskSize: 16 * MIB,
    partitions: [
      partition(2, PARTITION_TYPE.esp, 'esp', 1, 3, 0n),
      partition(3, PARTITION_TYPE.var, 'var ü', 4, 1, PARTITION_ATTRIBUTE.growFileSystem),
    ],
  });
  assert.equal(sha256(disk), 'c66f09ec697a38b0f59027a8aef4e871bbe62a4ffd2a3c738a094c7e3826bdcf');
});

describe('a table that cannot be', () => {
  const [first, second] = PARTITIONS as [Partition, Partition, Partition];
  const cases: Record<string, PartitionTable> = {
    'a label of 37 units': { ...TABLE, partitions: [{ ...first, label: 'x'.repeat(37) }] },
    'a label with a zero': { ...TABLE, partitions: [{ ...first, label: 'a\0b' }] },
    'a UUID of zeros': { ...TABLE, partitions: [{ ...first, uuid: NIL_UUID }] },
    'half a sector': { ...TABLE, partitions: [{ ...first, size: 256 }] },
    'no size': { ...TABLE, partitions: [{ ...first, size: 0 }] },
    'over the primary table': { ...TABLE, partitions: [{ ...first, start: 512 }] },
    'over the backup table': { ...TABLE, partitions: [{ ...first, size: DISK_SIZE - MIB }] },
    overlap: { ...TABLE, partitions: [first, { ...second, start: 2 * MIB }] },
    'one image in two slots': { ...TABLE, partitions: [first, { ...second, uuid: first.uuid }] },
    'attributes of 65 bits': { ...TABLE, partitions: [{ ...first, attributes: 1n << 64n }] },
    '129 partitions': { ...TABLE, partitions: Array.from({ length: 129 }, () => undefined) },
    'an odd disk': { ...TABLE, diskSize: DISK_SIZE + 1 },
  };
  for (const [name, table] of Object.entries(cases)) {
    test(name, () => assert.throws(() => encodePartitionTable(table), { code: 'partition-table-invalid' }));
  }
});

describe('damage', () => {
  const writes = encodePartitionTable(TABLE);
  const flip = (disk: Buffer, at: number): Buffer => {
    disk[at]! ^= 1;
    return disk;
  };

  test('of either header or entries: the other copy serves', () => {
    const disk = diskOf(TABLE);
    for (const [piece, copies] of [
      [writes.primaryHeader, 'backup-only'],
      [writes.primaryEntries, 'backup-only'],
      [writes.backupHeader, 'primary-only'],
      [writes.backupEntries, 'primary-only'],
    ] as const) {
      for (let at = 0; at < (piece.bytes.length === 512 ? 92 : 384); at++) {
        const parsed = parse(flip(disk, piece.offset + at));
        flip(disk, piece.offset + at);
        assert.equal(parsed.copies, copies);
        assert.deepEqual(parsed.table, TABLE);
      }
    }
  });

  test('of both: refused, with both reasons', () => {
    const disk = flip(flip(diskOf(TABLE), writes.primaryEntries.offset), writes.backupHeader.offset);
    assert.throws(() => parse(disk), {
      code: 'partition-table-invalid',
      message: /entries have a wrong checksum.*signature is missing/,
    });
  });

  test('an update stopped between the copies shows both', () => {
    const renamed = { ...TABLE, partitions: [{ ...PARTITIONS[0]!, label: 'new' }] };
    const disk = diskOf(TABLE);
    const { backupEntries, backupHeader } = encodePartitionTable(renamed);
    for (const { offset, bytes } of [backupEntries, backupHeader]) bytes.copy(disk, offset);
    const parsed = parse(disk);
    assert.equal(parsed.copies, 'differ');
    assert.deepEqual(parsed.table, TABLE);
    assert.deepEqual(parsed.backup, { valid: true, table: renamed });
  });

  test('an empty or tiny disk is refused', () => {
    for (const size of [0, 1, 512, 513, 1024, 2 * MIB]) {
      assert.throws(() => parse(Buffer.alloc(size)), { code: 'partition-table-invalid' });
    }
  });

  /** Makes the checksums of the primary copy right again, as an attacker would. */
  const seal = (disk: Buffer): Buffer => {
    const entries = disk.subarray(1024, 1024 + 128 * 128);
    disk.writeUInt32LE(crc32(entries), 512 + 88);
    disk.writeUInt32LE(0, 512 + 16);
    disk.writeUInt32LE(crc32(disk.subarray(512, 512 + 92)), 512 + 16);
    return disk;
  };

  test('arbitrary changes with right checksums give a table or a refusal', () => {
    const good = diskOf(TABLE);
    const place = fc.oneof(fc.integer({ min: 20, max: 91 }), fc.integer({ min: 512, max: 512 + 383 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 6 }), (edits) => {
        const disk = Buffer.from(good);
        for (const [at, value] of edits) disk[512 + at] = value;
        const { primary } = parse(seal(disk));
        for (const partition of primary.valid ? primary.table.partitions : []) {
          if (partition !== undefined)
            assert.ok(partition.start >= 1024 && partition.start + partition.size <= DISK_SIZE);
        }
      }),
    );
  });

  test('entries that overlap or share a UUID are refused although their checksums are right', () => {
    const twice = diskOf(TABLE);
    twice.copy(twice, 1024 + 128 + 16, 1024 + 16, 1024 + 32);
    assert.deepEqual(parse(seal(twice)).primary, { valid: false, why: 'two partitions have the same UUID' });
    const overlapping = diskOf(TABLE);
    overlapping.copy(overlapping, 1024 + 128 + 32, 1024 + 32, 1024 + 40);
    assert.deepEqual(parse(seal(overlapping)).primary, { valid: false, why: 'partitions overlap' });
  });
});
