import type { Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { hashImage } from './build-tree.ts';
import { hashBlocks } from './hash-blocks.ts';
import { DIGEST_BYTES, DIGESTS_PER_BLOCK, VERITY_BLOCK_BYTES, type VerityLayout, verityLayout } from './layout.ts';
import { parseVeritySuperblock } from './superblock.ts';

/** A run of blocks that a reader holding the root hash must refuse. */
export type RefusedBlocks =
  /** Blocks of the hash device (the superblock is block 0) that differ from what their parent says. */
  | { readonly where: 'tree'; readonly first: number; readonly count: number }
  /** Data blocks: `mismatch` has the wrong bytes, `unverifiable` lies under a refused tree block. */
  | {
      readonly where: 'data';
      readonly first: number;
      readonly count: number;
      readonly why: 'mismatch' | 'unverifiable';
    };

/** Checks an image in memory; see {@link verifyVerityLeaves}. */
export function verifyVerity(image: Uint8Array, tree: Uint8Array, rootHash: Sha256): RefusedBlocks[] {
  return verifyVerityLeaves(hashImage(image, parseVeritySuperblock(tree).salt), tree, rootHash);
}

/**
 * Every block that dm-verity would refuse, as runs in ascending order, tree first; empty when all is well. `leaves` are the
 * digests of the data blocks as they are now, salted as the superblock says; `tree` is the hash device. Like the kernel it starts
 * from the root hash and trusts a block of hashes only after its own hash matched; unlike the kernel it looks at all of them.
 *
 * Throws `image-corrupt` when the superblock is damaged, or states another size than image and tree have. Who knows the image's
 * size from a signed source should compare it with the superblock's: the root hash alone does not say how deep its tree is.
 */
export function verifyVerityLeaves(leaves: Buffer, tree: Uint8Array, rootHash: Sha256): RefusedBlocks[] {
  const { dataBlocks, salt } = parseVeritySuperblock(tree);
  const layout = verityLayout(dataBlocks);
  checkSizes(layout, leaves.length / DIGEST_BYTES, tree.length);
  const refused = new RunList();
  const expected = descend(layout, tree, rootHash, salt, refused);
  if (refused.runs.length === 0 && leaves.equals(expected.digests.subarray(0, leaves.length))) return [];
  for (let block = 0; block < dataBlocks; block++) {
    if (!expected.isTrusted(block)) refused.add({ where: 'data', first: block, count: 1, why: 'unverifiable' });
    else if (!sameDigest(leaves, expected.digests, block))
      refused.add({ where: 'data', first: block, count: 1, why: 'mismatch' });
  }
  return refused.runs;
}

/** Before anything is allocated: a superblock that nobody signed could ask for a tree of terabytes. */
function checkSizes(layout: VerityLayout, imageBlocks: number, treeBytes: number): void {
  const treeNeeds = layout.treeBlocks * VERITY_BLOCK_BYTES;
  if (layout.dataBlocks === imageBlocks && treeNeeds <= treeBytes) return;
  throw new AshlarError(
    'image-corrupt',
    `the verity superblock speaks of ${layout.dataBlocks} data blocks and a tree of ${treeNeeds} bytes, ` +
      `but there are ${imageBlocks} blocks and ${treeBytes} bytes`,
    { hint: 'Image and hash tree do not belong together, or one was cut off. Take both from the release anew.' },
  );
}

/** Digests of one level as its parents state them, and which of them can be believed. */
interface TrustedDigests {
  readonly digests: Buffer;
  isTrusted(index: number): boolean;
}

function descend(
  layout: VerityLayout,
  tree: Uint8Array,
  rootHash: Sha256,
  salt: Buffer,
  refused: RunList,
): TrustedDigests {
  let expected: TrustedDigests = { digests: Buffer.from(rootHash, 'hex'), isTrusted: () => true };
  for (const level of layout.levels.toReversed()) {
    const start = level.firstBlock * VERITY_BLOCK_BYTES;
    const blocks = Buffer.from(tree.buffer, tree.byteOffset + start, level.blocks * VERITY_BLOCK_BYTES);
    const actual = Buffer.alloc(level.blocks * DIGEST_BYTES);
    hashBlocks(blocks, salt, actual);
    const trusted = new Uint8Array(level.blocks);
    for (let block = 0; block < level.blocks; block++) {
      if (expected.isTrusted(block) && sameDigest(actual, expected.digests, block)) trusted[block] = 1;
      else refused.add({ where: 'tree', first: level.firstBlock + block, count: 1 });
    }
    expected = { digests: blocks, isTrusted: (index) => trusted[Math.floor(index / DIGESTS_PER_BLOCK)] === 1 };
  }
  return expected;
}

function sameDigest(a: Buffer, b: Buffer, index: number): boolean {
  const at = index * DIGEST_BYTES;
  return a.compare(b, at, at + DIGEST_BYTES, at, at + DIGEST_BYTES) === 0;
}

/** Collects single blocks as runs, so that a destroyed top level of a large image is one entry and not millions. */
class RunList {
  readonly runs: RefusedBlocks[] = [];

  add(next: RefusedBlocks): void {
    const last = this.runs.at(-1);
    const continues =
      last !== undefined &&
      last.where === next.where &&
      last.first + last.count === next.first &&
      (last.where === 'tree' || next.where === 'tree' || last.why === next.why);
    if (continues) this.runs[this.runs.length - 1] = { ...last, count: last.count + next.count };
    else this.runs.push(next);
  }
}
