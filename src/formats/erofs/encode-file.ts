import { createHash } from 'node:crypto';
import { type Sha256, sha256 } from '../../model/digest.ts';
import type { Codec } from './codec.ts';
import type { Cutter } from './cutter.ts';
import { type EncodedFile, MAX_TAIL_BYTES, type Piece } from './encoded-file.ts';
import { lz4Cutter } from './lz4-cutter.ts';
import { BLOCK_BYTES, CLUSTER_INDEX_BYTES, FULL_INDEX_OFFSET } from './on-disk.ts';
import { zstdCutter } from './zstd-cutter.ts';

/** Below this a compressed file would save less than its index costs. */
const LEAST_COMPRESSED_BYTES = 256;
/** A piece of which compression saves less than 1/32 is stored plain: it is read without decompressing. */
const LEAST_SAVING = 1 / 32;
/** When the last piece leaves at most this many bytes of its last block unused, no tail is cut off it. */
const TOLERATED_SLACK_BYTES = 192;

/**
 * Encodes a regular file's `bytes` with `codec`. Pure: the result depends on nothing else, so that an unchanged file has
 * unchanged blocks in every image, and is encoded once ever.
 *
 * A compressed file is cut so that each piece fills whole blocks: the input's length is what varies (at most 64 KiB, which is
 * what one page fault may cost). What is left over at the end lies, compressed, behind the inode.
 */
export function encodeFile(bytes: Buffer, codec: Codec): EncodedFile {
  const flat = encodeFlat(bytes);
  if (codec.algorithm === 'none' || bytes.length < LEAST_COMPRESSED_BYTES) return flat;
  const compressed = encodePieces(bytes, codec.algorithm === 'zstd' ? zstdCutter(codec.level) : lz4Cutter());
  return storedBytes(compressed) < storedBytes(flat) * (1 - LEAST_SAVING) ? compressed : flat;
}

/** What the file takes in the image behind its inode: the index of a compressed file counts. */
function storedBytes({ shape }: EncodedFile): number {
  const clusters = Math.ceil(shape.size / BLOCK_BYTES);
  const index = shape.form === 'compressed' ? FULL_INDEX_OFFSET + clusters * CLUSTER_INDEX_BYTES : 0;
  return shape.dataBlocks * BLOCK_BYTES + shape.tailBytes + index;
}

function encodeFlat(bytes: Buffer): EncodedFile {
  const remainder = bytes.length % BLOCK_BYTES;
  const tailBytes = remainder <= MAX_TAIL_BYTES ? remainder : 0;
  const whole = bytes.length - tailBytes;
  const data = remainder === tailBytes ? bytes.subarray(0, whole) : padded(bytes);
  const shape = {
    form: 'flat',
    size: bytes.length,
    dataBlocks: data.length / BLOCK_BYTES,
    dataDigest: sha256(data),
    tailBytes,
  } as const;
  return { shape, data, tail: bytes.subarray(whole) };
}

function padded(bytes: Buffer): Buffer {
  if (bytes.length % BLOCK_BYTES === 0) return bytes;
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & (BLOCK_BYTES - 1))]);
}

/** Pieces and where they go, while a file is cut. */
interface Cut {
  readonly pieces: Piece[];
  readonly data: Buffer[];
  tail: Buffer;
}

function encodePieces(bytes: Buffer, cutter: Cutter): EncodedFile {
  const cut: Cut = { pieces: [], data: [], tail: Buffer.alloc(0) };
  for (let at = 0; at < bytes.length; ) at += cutNext(bytes, at, cutter, cut);
  const data = Buffer.concat(cut.data);
  // Blocks may be shared by files that read them in the same way: the pieces are part of the digest.
  const digest = createHash('sha256').update(JSON.stringify(cut.pieces.filter(({ blocks }) => blocks > 0)));
  const shape = {
    form: 'compressed',
    algorithm: cutter.algorithm,
    pieces: cut.pieces,
    size: bytes.length,
    dataBlocks: data.length / BLOCK_BYTES,
    dataDigest: digest.update(data).digest('hex') as Sha256,
    tailBytes: cut.tail.length,
  } as const;
  return { shape, data, tail: cut.tail };
}

/** Cuts one piece (or several plain ones) that begins at `start`; returns how many bytes it holds. */
function cutNext(bytes: Buffer, start: number, cutter: Cutter, cut: Cut): number {
  const input = bytes.subarray(start, start + cutter.maxInput);
  const isLast = start + input.length === bytes.length;
  const compressed = cutter.compress(input);
  const whole = compressed.bytes;
  if (whole.length > input.length * (1 - LEAST_SAVING)) return cutPlain(input, start % BLOCK_BYTES, isLast, cut);
  if (isLast && whole.length <= MAX_TAIL_BYTES) return cutTail(input.length, 'compressed', whole, cut);

  const slack = -whole.length & (BLOCK_BYTES - 1);
  const wholeBlocks = (whole.length + slack) / BLOCK_BYTES;
  if (slack > TOLERATED_SLACK_BYTES && wholeBlocks > 1) {
    const limit = (wholeBlocks - 1) * BLOCK_BYTES;
    const piece = compressed.fill(limit);
    // A head in every cluster at most: a piece must reach beyond the cluster that it begins in.
    if (piece !== undefined && piece.length > limit) return cutCompressed(piece.length, piece.bytes, cut);
  }
  if (wholeBlocks * BLOCK_BYTES >= input.length) return cutPlain(input, start % BLOCK_BYTES, isLast, cut);
  return cutCompressed(input.length, whole, cut);
}

/** Compressed bytes lie at the end of their blocks (the kernel finds the start behind the zeros). */
function cutCompressed(length: number, bytes: Buffer, cut: Cut): number {
  const slack = -bytes.length & (BLOCK_BYTES - 1);
  cut.pieces.push({ length, blocks: (bytes.length + slack) / BLOCK_BYTES, coding: 'compressed' });
  cut.data.push(Buffer.alloc(slack), bytes);
  return length;
}

/**
 * Plain pieces, one a cluster: the first reaches to the end of the cluster that it begins in (`clusterOffset`), so that the others
 * lie as pages do and are read without being moved. The kernel refuses a last plain piece that reaches into a second cluster.
 */
function cutPlain(input: Buffer, clusterOffset: number, isLast: boolean, cut: Cut): number {
  let at = 0;
  for (let space = BLOCK_BYTES - clusterOffset; input.length - at >= space; space = BLOCK_BYTES) {
    cut.pieces.push({ length: space, blocks: 1, coding: 'plain' });
    cut.data.push(padded(input.subarray(at, at + space)));
    at += space;
  }
  if (!isLast || at === input.length) return at;
  const remainder = input.subarray(at);
  if (remainder.length <= MAX_TAIL_BYTES) return at + cutTail(remainder.length, 'plain', remainder, cut);
  cut.pieces.push({ length: remainder.length, blocks: 1, coding: 'plain' });
  cut.data.push(padded(remainder));
  return input.length;
}

function cutTail(length: number, coding: Piece['coding'], bytes: Buffer, cut: Cut): number {
  cut.pieces.push({ length, blocks: 0, coding });
  cut.tail = bytes;
  return length;
}
