import { BLOCK_OF_ZEROS, blockOfEntry, packOfEntry, parseBlockmap } from '../../formats/blockmap/blockmap.ts';
import { VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';
import { AshlarError } from '../../model/error.ts';
import { blockmapPath, packPath } from '../../model/repository.ts';
import type { RepositoryWriter } from '../../store/transport/repository-writer.ts';
import type { PublishedRoot } from './known-blocks.ts';

/** The map of an image of a terabyte. */
export const MAX_MAP_BYTES = 1 << 30;

/** Whether the repository has the block map of an image and every pack that it names, long enough: another release may share the image. */
export async function isWholeInRepository(
  repository: RepositoryWriter,
  root: Pick<PublishedRoot, 'hash' | 'image'>,
): Promise<boolean> {
  const bytes = await repository.read(blockmapPath(root.hash), { maxBytes: MAX_MAP_BYTES });
  if (bytes === undefined) return false;
  try {
    const { rootHash, packs, entries } = parseBlockmap(bytes);
    if (rootHash !== root.hash || entries.length * VERITY_BLOCK_BYTES !== root.image.size) return false;
    const blocks = await Promise.all(
      packs.map(async (pack) => ((await repository.sizeOf(packPath(pack))) ?? 0) / VERITY_BLOCK_BYTES),
    );
    return entries.every((entry) => entry === BLOCK_OF_ZEROS || blockOfEntry(entry) < blocks[packOfEntry(entry)]!);
  } catch (error) {
    if (error instanceof AshlarError && error.code === 'blockmap-invalid') return false;
    throw error;
  }
}
