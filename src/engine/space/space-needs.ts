import type { Manifest } from '../../model/manifest.ts';

/** What installing a release takes, in bytes. */
export interface SpaceNeeds {
  readonly imageBytes: number;
  readonly treeBytes: number;
  readonly bootImageBytes: number;
  readonly loaderBytes: number;
  /** Files that lie in /var until they are installed: hash tree, boot image, loader. */
  readonly scratchBytes: number;
}

/** The needs of the release that a manifest describes: its files, or more where it requires more. */
export function spaceNeeds({ root, boot, requirements }: Manifest): SpaceNeeds {
  return {
    imageBytes: Math.max(root.image.size, requirements.slotBytes),
    treeBytes: Math.max(root.tree.size, requirements.treeBytes),
    bootImageBytes: Math.max(boot.uki.size, requirements.espBytes),
    loaderBytes: boot.loader.size,
    scratchBytes: root.tree.size + boot.uki.size + boot.loader.size,
  };
}
