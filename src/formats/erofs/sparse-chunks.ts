import { type ByteString, display } from '../../model/byte-string.ts';
import { sha256 } from '../../model/digest.ts';
import type { FileContent, SparseExtent } from '../../model/tree.ts';
import { BLOCK_BITS, BLOCK_BYTES, CHUNK_ADDRESS_BYTES, CHUNK_FORMAT } from './on-disk.ts';
import { unsupported } from './unsupported.ts';

type SparseContent = Extract<FileContent, { kind: 'sparse' }>;

/** A sparse file as chunks of equal size, of which most are holes. */
export interface SparsePlan {
  /** log2 of the blocks in a chunk. */
  readonly chunkBlockBits: number;
  /** Chunks of the file, holes included. */
  readonly chunks: number;
  /** The chunks that hold data, in order, with the blocks each takes (the file's last may be shorter). */
  readonly filled: readonly { readonly index: number; readonly blocks: number }[];
  /** Sum of their blocks. */
  readonly dataBlocks: number;
  /** Equal for equal data, extents and size. */
  readonly key: string;
}

/** The index of a file that takes more than this (half of it data, at the worst) is refused: 16 TiB with one byte take 16 MiB. */
const MAX_BYTES = 1 << 30;

/**
 * Chooses the chunk size for which index and data together take least: small chunks need an index of 4 bytes for each of them,
 * large ones hold zeros around the data.
 */
export function planSparse(content: SparseContent, path: ByteString): SparsePlan {
  checkExtents(content, path);
  let best: Omit<SparsePlan, 'key'> | undefined;
  let bestBytes = MAX_BYTES;
  for (let chunkBlockBits = 0; chunkBlockBits <= CHUNK_FORMAT.blockBitsMask; chunkBlockBits++) {
    const chunkBytes = 2 ** (BLOCK_BITS + chunkBlockBits);
    const chunks = Math.ceil(content.size / chunkBytes);
    if (chunks * CHUNK_ADDRESS_BYTES < bestBytes) {
      const filled = filledChunks(content, chunkBytes);
      const dataBlocks = filled.reduce((sum, { blocks }) => sum + blocks, 0);
      const bytes = chunks * CHUNK_ADDRESS_BYTES + dataBlocks * BLOCK_BYTES;
      if (bytes < bestBytes) {
        best = { chunkBlockBits, chunks, filled, dataBlocks };
        bestBytes = bytes;
      }
    }
    if (chunks <= 1) break;
  }
  if (best === undefined) {
    throw unsupported(`/${display(path)}: its data are spread too widely for a sparse file of ${content.size} bytes`);
  }
  return { ...best, key: keyOf(content) };
}

function checkExtents(content: SparseContent, path: ByteString): void {
  let end = 0;
  for (const extent of content.extents) {
    if (extent.offset < end || extent.offset + extent.bytes.length > content.size) {
      throw unsupported(`/${display(path)}: the extents of a sparse file overlap or reach beyond its end`);
    }
    end = extent.offset + extent.bytes.length;
  }
}

function filledChunks(content: SparseContent, chunkBytes: number): SparsePlan['filled'] {
  const filled: { index: number; blocks: number }[] = [];
  for (const { offset, bytes } of content.extents) {
    if (bytes.length === 0) continue;
    const last = Math.floor((offset + bytes.length - 1) / chunkBytes);
    const first = Math.max(Math.floor(offset / chunkBytes), (filled.at(-1)?.index ?? -1) + 1);
    for (let index = first; index <= last; index++) {
      const length = Math.min(chunkBytes, content.size - index * chunkBytes);
      filled.push({ index, blocks: Math.ceil(length / BLOCK_BYTES) });
    }
  }
  return filled;
}

function keyOf(content: SparseContent): string {
  const extents = content.extents.map(({ offset, bytes }) => [offset, sha256(bytes)]);
  return sha256(JSON.stringify([content.size, extents]));
}

/** The bytes of one filled chunk, in whole blocks. */
export function chunkBytesOf(content: SparseContent, plan: SparsePlan, chunk: SparsePlan['filled'][number]): Buffer {
  const start = chunk.index * 2 ** (BLOCK_BITS + plan.chunkBlockBits);
  const bytes = Buffer.alloc(chunk.blocks * BLOCK_BYTES);
  for (const extent of content.extents) copyOverlap(extent, start, bytes);
  return bytes;
}

function copyOverlap(extent: SparseExtent, start: number, bytes: Buffer): void {
  const from = Math.max(extent.offset, start);
  const to = Math.min(extent.offset + extent.bytes.length, start + bytes.length);
  if (from < to) extent.bytes.copy(bytes, from - start, from - extent.offset, to - extent.offset);
}
