import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodePartitionTable } from '../../src/formats/gpt/encode-table.ts';
import { parsePartitionTable } from '../../src/formats/gpt/parse-table.ts';
import { PARTITION_ATTRIBUTE, type PartitionTable } from '../../src/formats/gpt/partition-table.ts';
import { PARTITION_TYPE, ROOT_PARTITION_TYPE } from '../../src/formats/gpt/partition-types.ts';
import { readAtOf } from '../../src/formats/read-at.ts';
import { uuid } from '../../src/formats/uuid.ts';
import { trixieObstacle, trixieOutput } from './trixie.ts';

const skip = trixieObstacle() ?? false;
const directory = mkdtempSync(join(tmpdir(), 'ashlar-oracle-gpt-'));
after(() => rmSync(directory, { recursive: true }));
const binds = [directory];
const path = join(directory, 'disk');

const MIB = 1_048_576;
const number = (n: number) => uuid(`aaaaaaaa-0000-4000-8000-${n.toString().padStart(12, '0')}`);
const TABLE: PartitionTable = {
  diskUuid: number(0),
  diskSize: 64 * MIB,
  partitions: [
    { type: PARTITION_TYPE.esp, uuid: number(1), label: 'esp', start: MIB, size: 33 * MIB, attributes: 0n },
    {
      type: ROOT_PARTITION_TYPE.amd64.root,
      uuid: number(2),
      label: 'minimal_1.0.0',
      start: 34 * MIB,
      size: 8 * MIB,
      attributes: PARTITION_ATTRIBUTE.readOnly | PARTITION_ATTRIBUTE.noAuto,
    },
    undefined,
    {
      type: ROOT_PARTITION_TYPE.amd64.verity,
      uuid: number(3),
      label: 'ü und 😀',
      start: 42 * MIB,
      size: MIB,
      attributes: PARTITION_ATTRIBUTE.readOnly,
    },
    {
      type: PARTITION_TYPE.var,
      uuid: number(4),
      label: 'var',
      start: 43 * MIB,
      size: 20 * MIB,
      attributes: PARTITION_ATTRIBUTE.growFileSystem,
    },
  ],
};

function diskOf(table: PartitionTable): Buffer {
  const disk = Buffer.alloc(table.diskSize);
  for (const { offset, bytes } of Object.values(encodePartitionTable(table))) bytes.copy(disk, offset);
  return disk;
}

/** The table as arguments of sgdisk. */
function sgdiskArguments(table: PartitionTable): string[] {
  return table.partitions.flatMap((partition, index) => {
    if (partition === undefined) return [];
    const slot = index + 1;
    const bits = Array.from({ length: 64 }, (_, bit) => bit).filter(
      (bit) => (partition.attributes >> BigInt(bit)) & 1n,
    );
    return [
      `--new=${slot}:${partition.start / 512}:${(partition.start + partition.size) / 512 - 1}`,
      `--typecode=${slot}:${partition.type}`,
      `--partition-guid=${slot}:${partition.uuid}`,
      `--change-name=${slot}:${partition.label}`,
      ...bits.map((bit) => `--attributes=${slot}:set:${bit}`),
    ];
  });
}

test('sgdisk finds no problem', { skip }, () => {
  writeFileSync(path, diskOf(TABLE));
  assert.match(trixieOutput(['sgdisk', '--verify', path], { binds }), /No problems found/);
});

test('sgdisk writes the same bytes', { skip }, () => {
  writeFileSync(path, Buffer.alloc(TABLE.diskSize));
  trixieOutput(['sgdisk', `--disk-guid=${TABLE.diskUuid}`, ...sgdiskArguments(TABLE), path], { binds });
  const theirs = readFileSync(path);
  assert.ok(theirs.equals(diskOf(TABLE)));
  assert.deepEqual(parsePartitionTable(readAtOf(theirs), theirs.length).table, TABLE);
});

test('sfdisk reads what was written', { skip }, () => {
  writeFileSync(path, diskOf(TABLE));
  const { partitiontable } = JSON.parse(trixieOutput(['sfdisk', '--json', path], { binds }));
  assert.equal(partitiontable.id.toLowerCase(), TABLE.diskUuid);
  const present = TABLE.partitions.filter((partition) => partition !== undefined);
  assert.deepEqual(
    partitiontable.partitions.map((entry: Record<string, string | number>) => ({
      type: String(entry['type']).toLowerCase(),
      uuid: String(entry['uuid']).toLowerCase(),
      label: entry['name'],
      start: Number(entry['start']) * 512,
      size: Number(entry['size']) * 512,
    })),
    present.map(({ type, uuid: id, label, start, size }) => ({ type, uuid: id, label, start, size })),
  );
});

test('sgdisk repairs each copy from the other to what it was', { skip }, () => {
  const disk = diskOf(TABLE);
  const { primaryHeader, primaryEntries, backupHeader, backupEntries } = encodePartitionTable(TABLE);
  for (const [pieces, repair] of [
    [[primaryHeader, primaryEntries], 'b'],
    [[backupHeader, backupEntries], 'd'],
  ] as const) {
    const damaged = Buffer.from(disk);
    for (const { offset, bytes } of pieces) damaged.fill(0, offset, offset + bytes.length);
    writeFileSync(path, damaged);
    assert.notEqual(parsePartitionTable(readAtOf(damaged), damaged.length).copies, 'equal');
    // gdisk's recovery menu: rebuild the copy, write, yes.
    trixieOutput(['gdisk', path], { binds, input: Buffer.from(`r\n${repair}\nw\ny\n`) });
    assert.ok(readFileSync(path).equals(disk));
  }
});
