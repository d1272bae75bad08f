import { crc32 } from 'node:zlib';
import { encodePartitionTable } from '../../../src/formats/gpt/encode-table.ts';
import { HEADER, HEADER_BYTES } from '../../../src/formats/gpt/header.ts';
import { parsePartitionTable } from '../../../src/formats/gpt/parse-table.ts';
import { ENTRY_ARRAY_BYTES, SECTOR_BYTES } from '../../../src/formats/gpt/partition-table.ts';
import { PARTITION_TYPE } from '../../../src/formats/gpt/partition-types.ts';
import { uuid } from '../../../src/formats/uuid.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const MEBIBYTE = 1 << 20;
const DISK_BYTES = 8 * MEBIBYTE;
/** An input is the start and the end of a disk; zeros lie between them. */
const HEAD_BYTES = 2 * SECTOR_BYTES + ENTRY_ARRAY_BYTES;
const TAIL_BYTES = ENTRY_ARRAY_BYTES + SECTOR_BYTES;

function seed(): Buffer {
  const partition = (id: string, label: string, start: number) => ({
    type: PARTITION_TYPE.esp,
    uuid: uuid(id),
    label,
    start: start * MEBIBYTE,
    size: MEBIBYTE,
    attributes: 0n,
  });
  const table = encodePartitionTable({
    diskUuid: uuid('4f68bce3-e8cd-4db1-96e7-fbcaf984b709'),
    diskSize: DISK_BYTES,
    partitions: [
      partition('c12a7328-f81f-11d2-ba4b-00a0c93ec93b', 'esp', 1),
      partition('933ac7e1-2eb4-4f13-b844-0e14e2aef915', 'system_1.0.0', 3),
    ],
  });
  const input = Buffer.alloc(HEAD_BYTES + TAIL_BYTES);
  for (const { offset, bytes } of Object.values(table)) {
    bytes.copy(input, offset < HEAD_BYTES ? offset : offset - DISK_BYTES + input.length);
  }
  return input;
}

/** Both copies of a partition table. */
const target: FuzzTarget = {
  name: 'gpt',
  seeds: () => [seed()],
  repair(input) {
    if (input.length !== HEAD_BYTES + TAIL_BYTES) return;
    const copies = [
      { header: SECTOR_BYTES, entries: 2 * SECTOR_BYTES },
      { header: input.length - SECTOR_BYTES, entries: HEAD_BYTES },
    ];
    for (const { header, entries } of copies) {
      const bytes = input.subarray(header, header + HEADER_BYTES);
      bytes.writeUInt32LE(crc32(input.subarray(entries, entries + ENTRY_ARRAY_BYTES)), HEADER.entriesCrc);
      bytes.writeUInt32LE(0, HEADER.headerCrc);
      bytes.writeUInt32LE(crc32(bytes), HEADER.headerCrc);
    }
  },
  run(input) {
    const tailAt = DISK_BYTES - TAIL_BYTES;
    const ends = Buffer.alloc(HEAD_BYTES + TAIL_BYTES);
    input.copy(ends);
    const read = (offset: number, length: number): Buffer => {
      if (offset < 0 || length < 0 || offset + length > DISK_BYTES) throw new RangeError('read outside of the disk');
      const bytes = Buffer.alloc(length);
      if (offset < HEAD_BYTES) ends.copy(bytes, 0, offset, Math.min(HEAD_BYTES, offset + length));
      if (offset + length > tailAt) {
        const from = Math.max(offset, tailAt);
        ends.copy(bytes, from - offset, HEAD_BYTES + from - tailAt, HEAD_BYTES + offset + length - tailAt);
      }
      return bytes;
    };
    parsePartitionTable(read, DISK_BYTES);
  },
};

export default target;
