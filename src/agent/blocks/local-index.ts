import { DigestTable } from '../../formats/verity/digest-table.ts';
import { hashBlocks } from '../../formats/verity/hash-blocks.ts';
import {
  DIGEST_BYTES,
  DIGESTS_PER_BLOCK,
  SUPERBLOCK_BLOCKS,
  VERITY_BLOCK_BYTES,
  type VerityLayout,
  verityLayout,
} from '../../formats/verity/layout.ts';
import { parseVeritySuperblock } from '../../formats/verity/superblock.ts';
import { AshlarError } from '../../model/error.ts';
import { type LocalImage, readLocal } from './local-image.ts';

/** A block of a local image: which of the images, and its index there. */
export interface LocalPlace {
  readonly image: number;
  readonly block: number;
}

/** What the slots of this device hold, by digest. */
export interface LocalIndex {
  /** The images that can be used: with the salt of the new one, and a tree that fits what is there. */
  readonly images: readonly LocalImage[];
  /** Where a data block lies that should have the digest at `at` in `digests`. */
  findData(digests: Buffer, at: number): LocalPlace | undefined;
  /** Where a block of a hash tree lies that had that digest when it was read. Its index counts from the superblock. */
  findTree(digests: Buffer, at: number): LocalPlace | undefined;
}

/** How much of a tree is read at once: 1 MiB. */
const WINDOW_BLOCKS = 256;
/** Places of several images share one number. No image has more blocks than MAX_DATA_BLOCKS, and a tree fewer than its image. */
const IMAGE_STRIDE = 2 ** 33;

/**
 * Reads the hash trees of `images` (1/127 of what they cover; no data) and notes which block is where. Images with another salt are
 * left out: their equal blocks have other digests.
 */
export function indexLocalImages(images: readonly LocalImage[], salt: Buffer): LocalIndex {
  const usable = images.flatMap((image) => {
    const layout = usableLayout(image, salt);
    return layout === undefined ? [] : [{ image, layout }];
  });
  const data = new DigestTable(usable.reduce((sum, { layout }) => sum + layout.dataBlocks, 0));
  const tree = new DigestTable(usable.reduce((sum, { layout }) => sum + layout.treeBlocks, 0));
  for (const [number, { image, layout }] of usable.entries()) {
    indexTree(image, layout, salt, number * IMAGE_STRIDE, data, tree);
  }
  const placeIn = (table: DigestTable) => (digests: Buffer, at: number) => {
    const value = table.find(digests, at);
    return value === undefined ? undefined : { image: Math.floor(value / IMAGE_STRIDE), block: value % IMAGE_STRIDE };
  };
  return { images: usable.map(({ image }) => image), findData: placeIn(data), findTree: placeIn(tree) };
}

function indexTree(
  image: LocalImage,
  layout: VerityLayout,
  salt: Buffer,
  base: number,
  data: DigestTable,
  tree: DigestTable,
): void {
  const [leaves] = layout.levels;
  const firstLeaf = leaves?.firstBlock ?? layout.treeBlocks;
  const digests = Buffer.alloc(WINDOW_BLOCKS * DIGEST_BYTES);
  for (let block = SUPERBLOCK_BLOCKS; block < layout.treeBlocks; ) {
    const count = Math.min(WINDOW_BLOCKS, layout.treeBlocks - block);
    const blocks = readLocal(image.tree, block * VERITY_BLOCK_BYTES, count * VERITY_BLOCK_BYTES);
    if (blocks === undefined) {
      block += count;
      continue;
    }
    hashBlocks(blocks, salt, digests);
    for (let index = 0; index < count; index++) tree.add(digests, index * DIGEST_BYTES, base + block + index);
    const from = Math.max(0, firstLeaf - block);
    for (let index = from * DIGESTS_PER_BLOCK; index < count * DIGESTS_PER_BLOCK; index++) {
      const dataBlock = (block - firstLeaf) * DIGESTS_PER_BLOCK + index;
      // Behind the last digest a leaf block is padded.
      if (dataBlock >= layout.dataBlocks) break;
      data.add(blocks, index * DIGEST_BYTES, base + dataBlock);
    }
    block += count;
  }
}

/** The layout of an image that can be read; undefined when its superblock is damaged, asks for more than is there, or has another salt. */
function usableLayout(image: LocalImage, salt: Buffer): VerityLayout | undefined {
  const first = image.treeBytes < VERITY_BLOCK_BYTES ? undefined : readLocal(image.tree, 0, VERITY_BLOCK_BYTES);
  if (first === undefined) return undefined;
  try {
    const superblock = parseVeritySuperblock(first);
    const layout = verityLayout(superblock.dataBlocks);
    const fits =
      layout.treeBlocks * VERITY_BLOCK_BYTES <= image.treeBytes &&
      layout.dataBlocks * VERITY_BLOCK_BYTES <= image.dataBytes;
    return fits && superblock.salt.equals(salt) ? layout : undefined;
  } catch (error) {
    // An empty slot, or one that was half written.
    if (error instanceof AshlarError && error.code === 'image-corrupt') return undefined;
    throw error;
  }
}
