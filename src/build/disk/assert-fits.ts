import type { FatFile } from '../../formats/fat/write-fat32.ts';
import type { Manifest } from '../../model/manifest.ts';
import { diskLayout } from './disk-layout.ts';
import { espFiles } from './esp-files.ts';

/**
 * That the release fits the disk layout of its definition: the image its slot, the tree its partition, and the running boot image, the
 * next one and the way back the EFI system partition. A release that no device could be updated to must not come into being. Throws
 * `image-larger-than-slot`, `esp-too-small`, with the numbers.
 */
export function assertReleaseFits(manifest: Manifest): void {
  diskLayout(manifest);
  const { loader, uki } = manifest.boot;
  espFiles(manifest, { loader: sized(loader.size), uki: sized(uki.size) });
}

/** A file that is only measured. */
function sized(size: number): FatFile['content'] {
  return {
    size,
    copyTo: () => {
      throw new TypeError('a file that is only measured is not written');
    },
  };
}
