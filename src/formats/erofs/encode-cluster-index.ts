import type { EncodedShape } from './encoded-file.ts';
import {
  ALGORITHM,
  BLOCK_BYTES,
  CLUSTER_INDEX,
  CLUSTER_INDEX_BYTES,
  CLUSTER_TYPE,
  COMPRESSED_BLOCKS_BIT,
  FULL_INDEX_OFFSET,
  MAP_ADVISE,
  MAP_HEADER,
} from './on-disk.ts';

type CompressedShape = Extract<EncodedShape, { form: 'compressed' }>;

/** Bytes of the map header and the full index of a file of `size` bytes. */
export function clusterIndexBytes(size: number): number {
  return FULL_INDEX_OFFSET + Math.ceil(size / BLOCK_BYTES) * CLUSTER_INDEX_BYTES;
}

/**
 * The map header and full index of a compressed file whose blocks begin at `firstBlock`. Logical clusters are of one block. The
 * cluster where a piece begins is its head; the first cluster behind a head tells how many blocks the piece takes.
 */
export function encodeClusterIndex(shape: CompressedShape, firstBlock: number): Buffer {
  const bytes = Buffer.alloc(clusterIndexBytes(shape.size));
  const advise = MAP_ADVISE.bigPcluster1 | (shape.tailBytes > 0 ? MAP_ADVISE.inlinePcluster : 0);
  bytes.writeUInt16LE(shape.tailBytes, MAP_HEADER.inlineDataSize);
  bytes.writeUInt16LE(advise, MAP_HEADER.advise);
  bytes.writeUInt8(ALGORITHM[shape.algorithm], MAP_HEADER.algorithms);

  const clusters = Math.ceil(shape.size / BLOCK_BYTES);
  let start = 0;
  let block = firstBlock;
  for (const piece of shape.pieces) {
    const end = start + piece.length;
    const head = Math.floor(start / BLOCK_BYTES);
    const nextHead = end === shape.size ? clusters : Math.floor(end / BLOCK_BYTES);
    const at = FULL_INDEX_OFFSET + head * CLUSTER_INDEX_BYTES;
    bytes.writeUInt16LE(piece.coding === 'plain' ? CLUSTER_TYPE.plain : CLUSTER_TYPE.head1, at + CLUSTER_INDEX.advise);
    bytes.writeUInt16LE(start % BLOCK_BYTES, at + CLUSTER_INDEX.clusterOffset);
    bytes.writeUInt32LE(piece.blocks === 0 ? 0 : block, at + CLUSTER_INDEX.block);
    for (let cluster = head + 1; cluster < nextHead; cluster++) {
      const entry = FULL_INDEX_OFFSET + cluster * CLUSTER_INDEX_BYTES;
      const isFirst = cluster === head + 1;
      const back = isFirst ? COMPRESSED_BLOCKS_BIT | Math.max(piece.blocks, 1) : cluster - head;
      bytes.writeUInt16LE(CLUSTER_TYPE.nonHead, entry + CLUSTER_INDEX.advise);
      bytes.writeUInt16LE(back, entry + CLUSTER_INDEX.toHead);
      bytes.writeUInt16LE(nextHead - cluster, entry + CLUSTER_INDEX.toNextHead);
    }
    start = end;
    block += piece.blocks;
  }
  return bytes;
}
