import type { EncodedFile, EncodedShape } from '../../../formats/erofs/encoded-file.ts';
import { BLOCK_BYTES } from '../../../formats/erofs/on-disk.ts';

const LENGTH_BYTES = 4;

/**
 * An encoded file as the store keeps it: the length of its shape, the shape as JSON, its blocks, its tail. The store seals
 * records, so that what is read back is what was written.
 */
export function encodedRecord({ shape, data, tail }: EncodedFile): Buffer {
  const head = Buffer.from(JSON.stringify(shape));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(head.length);
  return Buffer.concat([length, head, data, tail]);
}

/** The encoded file of a record, or undefined when the record is not one that {@link encodedRecord} writes. */
export function parseEncodedRecord(record: Buffer): EncodedFile | undefined {
  if (record.length < LENGTH_BYTES) return undefined;
  const dataStart = LENGTH_BYTES + record.readUInt32LE();
  if (dataStart > record.length) return undefined;
  const shape = JSON.parse(record.toString('utf8', LENGTH_BYTES, dataStart)) as EncodedShape;
  const tailStart = dataStart + shape.dataBlocks * BLOCK_BYTES;
  if (tailStart + shape.tailBytes !== record.length) return undefined;
  return { shape, data: record.subarray(dataStart, tailStart), tail: record.subarray(tailStart) };
}
