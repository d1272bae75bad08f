import { AshlarError } from '../../model/error.ts';

/** Size of a data block and of a hash block. The kernel allows others; everything here uses the page size of its readers. */
export const VERITY_BLOCK_BYTES = 4096;
export const DIGEST_BYTES = 32;
export const DIGESTS_PER_BLOCK = VERITY_BLOCK_BYTES / DIGEST_BYTES;
/** The superblock has the first block of the hash device for itself. */
export const SUPERBLOCK_BLOCKS = 1;
/** 16 TiB: beyond any root image, and small enough that every offset is an exact JavaScript number. */
export const MAX_DATA_BLOCKS = 2 ** 32;

/** One level of the tree: level 0 holds the hashes of data blocks, the last level is one block whose hash is the root hash. */
export interface VerityLevel {
  /** Index of its first block on the hash device, the superblock being block 0. */
  readonly firstBlock: number;
  readonly blocks: number;
  /** How many hashes it holds; the last block is padded with zeros. */
  readonly hashes: number;
}

export interface VerityLayout {
  readonly dataBlocks: number;
  /** Leaf level first. Empty when there is a single data block: then its own hash is the root hash. */
  readonly levels: readonly VerityLevel[];
  /** Blocks of the hash device, superblock included. */
  readonly treeBlocks: number;
}

/**
 * Where the levels of the hash tree over `dataBlocks` blocks lie: the top level comes first, the leaves last
 * (Linux, Documentation/admin-guide/device-mapper/verity.rst, “Hash Tree”).
 */
export function verityLayout(dataBlocks: number): VerityLayout {
  if (!Number.isInteger(dataBlocks) || dataBlocks < 1 || dataBlocks > MAX_DATA_BLOCKS) {
    throw new AshlarError('image-corrupt', `a verity image of ${dataBlocks} blocks is not possible`, {
      hint: `It has between 1 and ${MAX_DATA_BLOCKS} blocks of ${VERITY_BLOCK_BYTES} bytes.`,
    });
  }
  const sizes: { blocks: number; hashes: number }[] = [];
  for (let hashes = dataBlocks; hashes > 1; hashes = sizes.at(-1)!.blocks) {
    sizes.push({ hashes, blocks: Math.ceil(hashes / DIGESTS_PER_BLOCK) });
  }
  let next = SUPERBLOCK_BLOCKS;
  const topFirst = sizes.reverse().map((size): VerityLevel => {
    const firstBlock = next;
    next += size.blocks;
    return { firstBlock, ...size };
  });
  return { dataBlocks, levels: topFirst.reverse(), treeBlocks: next };
}
