import type { Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { Uuid } from '../uuid.ts';
import { hashBlocks } from './hash-blocks.ts';
import { DIGEST_BYTES, VERITY_BLOCK_BYTES, verityLayout } from './layout.ts';
import { encodeVeritySuperblock } from './superblock.ts';

export interface VerityOptions {
  /** 0–256 bytes, the same for all releases of a system, so that equal blocks have equal hashes. */
  readonly salt: Buffer;
  readonly uuid: Uuid;
}

export interface VerityTree {
  /** The hash device: superblock block, then the levels, top first. */
  readonly tree: Buffer;
  readonly rootHash: Sha256;
}

/** The hash tree of an image in memory. Larger ones are hashed elsewhere and go to {@link buildVerityTreeFromLeaves}. */
export function buildVerityTree(image: Uint8Array, options: VerityOptions): VerityTree {
  return buildVerityTreeFromLeaves(hashImage(image, options.salt), options);
}

/** The salted digests of an image's blocks, in order. Throws `usage` when the image is not whole blocks. */
export function hashImage(image: Uint8Array, salt: Uint8Array): Buffer {
  const leaves = Buffer.alloc(dataBlocksOf(image.length) * DIGEST_BYTES);
  hashBlocks(image, salt, leaves);
  return leaves;
}

/** How many blocks an image of `bytes` bytes has. Throws `usage` unless they are whole and at least one. */
export function dataBlocksOf(bytes: number): number {
  if (bytes > 0 && bytes % VERITY_BLOCK_BYTES === 0) return bytes / VERITY_BLOCK_BYTES;
  throw new AshlarError('usage', `an image of ${bytes} bytes cannot have a verity tree`, {
    hint: `Pad the image with zeros to a multiple of ${VERITY_BLOCK_BYTES} bytes.`,
  });
}

/** The hash tree over the `leaves` that {@link hashImage} gives: 1/128 of the image is left to hash. */
export function buildVerityTreeFromLeaves(leaves: Buffer, options: VerityOptions): VerityTree {
  const layout = verityLayout(leaves.length / DIGEST_BYTES);
  const tree = Buffer.alloc(layout.treeBlocks * VERITY_BLOCK_BYTES);
  encodeVeritySuperblock({ ...options, dataBlocks: layout.dataBlocks }).copy(tree);
  let digests = leaves;
  for (const level of layout.levels) {
    const start = level.firstBlock * VERITY_BLOCK_BYTES;
    const blocks = tree.subarray(start, start + level.blocks * VERITY_BLOCK_BYTES);
    digests.copy(blocks);
    digests = Buffer.alloc(level.blocks * DIGEST_BYTES);
    hashBlocks(blocks, options.salt, digests);
  }
  return { tree, rootHash: digests.toString('hex') as Sha256 };
}
