import { z } from 'zod';
import { type Sha256, sha256 } from '../../model/digest.ts';
import type { EncodedFile, EncodedShape, Piece } from './encoded-file.ts';
import { BLOCK_BYTES } from './on-disk.ts';

/**
 * How the store keeps an encoded file: SHA-256 of the header, SHA-256 of the body (both raw), u32 length of the header
 * (little-endian), the header (JSON), the body: blocks, then the tail.
 */
const DIGEST_BYTES = 32;
const HEADER_OFFSET = 2 * DIGEST_BYTES + 4;
const MAX_HEADER_BYTES = 64 << 20;

const natural = z.int().nonnegative();
const common = { size: natural, dataBlocks: natural, dataDigest: z.string(), tailBytes: natural };
const headerSchema = z.discriminatedUnion('form', [
  z.object({ form: z.literal('flat'), ...common }),
  z.object({
    form: z.literal('compressed'),
    algorithm: z.enum(['lz4', 'zstd']),
    // Length, blocks, 1 for a plain piece: 20 bytes a piece.
    pieces: z.array(z.tuple([natural, natural, z.union([z.literal(0), z.literal(1)])])),
    ...common,
  }),
]);

/** `file` in one buffer. */
export function serializeEncodedFile(file: EncodedFile): Buffer {
  const { shape } = file;
  const packed =
    shape.form === 'flat'
      ? shape
      : {
          ...shape,
          pieces: shape.pieces.map(({ length, blocks, coding }) => [length, blocks, Number(coding === 'plain')]),
        };
  const header = Buffer.from(JSON.stringify(packed));
  const prefix = Buffer.alloc(HEADER_OFFSET);
  const body = Buffer.concat([file.data, file.tail]);
  prefix.write(sha256(header), 0, 'hex');
  prefix.write(sha256(body), DIGEST_BYTES, 'hex');
  prefix.writeUInt32LE(header.length, 2 * DIGEST_BYTES);
  return Buffer.concat([prefix, header, body]);
}

/** The shape alone; `bytes` need not have the body. Undefined when they were damaged: encode the file again. */
export function parseEncodedShape(bytes: Buffer): EncodedShape | undefined {
  if (bytes.length < HEADER_OFFSET) return undefined;
  const headerBytes = bytes.readUInt32LE(2 * DIGEST_BYTES);
  if (headerBytes > Math.min(MAX_HEADER_BYTES, bytes.length - HEADER_OFFSET)) return undefined;
  const header = bytes.subarray(HEADER_OFFSET, HEADER_OFFSET + headerBytes);
  if (sha256(header) !== bytes.toString('hex', 0, DIGEST_BYTES)) return undefined;
  const parsed = headerSchema.safeParse(JSON.parse(header.toString('utf8')));
  if (!parsed.success) return undefined;
  const shape = { ...parsed.data, dataDigest: parsed.data.dataDigest as Sha256 };
  if (shape.form === 'flat') return shape;
  const pieces = shape.pieces.map(
    ([length, blocks, isPlain]): Piece => ({ length, blocks, coding: isPlain === 1 ? 'plain' : 'compressed' }),
  );
  return { ...shape, pieces };
}

/** The reverse of {@link serializeEncodedFile}. Undefined when `bytes` were damaged: encode the file again. */
export function parseEncodedFile(bytes: Buffer): EncodedFile | undefined {
  const shape = parseEncodedShape(bytes);
  if (shape === undefined) return undefined;
  const body = bytes.subarray(HEADER_OFFSET + bytes.readUInt32LE(2 * DIGEST_BYTES));
  const dataBytes = shape.dataBlocks * BLOCK_BYTES;
  if (body.length !== dataBytes + shape.tailBytes) return undefined;
  if (sha256(body) !== bytes.toString('hex', DIGEST_BYTES, 2 * DIGEST_BYTES)) return undefined;
  return { shape, data: body.subarray(0, dataBytes), tail: body.subarray(dataBytes) };
}
