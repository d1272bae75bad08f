import { VERITY_BLOCK_BYTES, verityLayout } from '../../formats/verity/layout.ts';
import type { Definition } from '../../model/definition/definition.ts';
import type { Manifest } from '../../model/manifest.ts';

/** The disk that a definition plans, in bytes. */
export function plannedDisk({ disk }: Pick<Definition, 'disk'>): Manifest['disk'] {
  return {
    espBytes: disk.esp,
    slots: disk.slots,
    slotBytes: disk.slotSize,
    treeBytes: verityLayout(disk.slotSize / VERITY_BLOCK_BYTES).treeBlocks * VERITY_BLOCK_BYTES,
    varBytes: disk.var.minSize,
  };
}
