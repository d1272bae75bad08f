import { dataBlocksOf } from '../../formats/verity/build-tree.ts';
import { VERITY_BLOCK_BYTES, type VerityLayout, verityLayout } from '../../formats/verity/layout.ts';
import type { Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { Manifest } from '../../model/manifest.ts';

/** The root image that is to be obtained, as its signed manifest describes it. */
export interface NewImage {
  readonly rootHash: Sha256;
  readonly salt: Buffer;
  readonly layout: VerityLayout;
  /** SHA-256 of the hash tree, superblock included: its object's name. */
  readonly tree: Sha256;
}

/** The root image of `manifest`. Throws `manifest-invalid` when its sizes contradict each other. */
export function newImageOf({ root }: Manifest): NewImage {
  const blocks = root.image.size > 0 && root.image.size % VERITY_BLOCK_BYTES === 0 ? dataBlocksOf(root.image.size) : 0;
  const layout = blocks === 0 ? undefined : verityLayout(blocks);
  if (layout !== undefined && layout.treeBlocks * VERITY_BLOCK_BYTES === root.tree.size) {
    return { rootHash: root.hash, salt: Buffer.from(root.salt, 'hex'), layout, tree: root.tree.sha256 };
  }
  throw new AshlarError(
    'manifest-invalid',
    `A root image of ${root.image.size} bytes does not have a hash tree of ${root.tree.size} bytes.`,
    { hint: 'Tell who publishes the release.' },
  );
}
