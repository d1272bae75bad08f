import { setImmediate } from 'node:timers/promises';
import { DIGEST_BYTES } from '../../formats/verity/layout.ts';
import type { RepositoryReader } from '../../store/transport/repository-reader.ts';
import { BlockSources } from './block-sources.ts';
import type { LocalImage } from './local-image.ts';
import { indexLocalImages } from './local-index.ts';
import type { NewImage } from './new-image.ts';
import { obtainTree, type TreeOrigin, type TreePlace } from './obtain-tree.ts';
import { type BlockCounts, streamBlocks } from './stream-blocks.ts';

export interface PlanBlocksOptions {
  readonly reader: RepositoryReader;
  readonly image: NewImage;
  /** What this device holds: the slots other than the one to be written. */
  readonly locals: readonly LocalImage[];
  /** Takes the new hash tree; read again while blocks stream. */
  readonly tree: TreePlace;
  readonly signal?: AbortSignal;
}

/** How a root image comes together on this device. Numbers count data blocks of 4096 bytes. */
export interface BlockPlan {
  /** To be fetched from packs of the repository. */
  readonly toFetch: number;
  /** To be copied from the slots of this device. */
  readonly toCopy: number;
  /** Blocks of zeros. */
  readonly zeros: number;
  readonly treeOrigin: TreeOrigin;
  /**
   * The blocks of the image from data block `from` on, in order, each checked against the tree: whole blocks, at most 1 MiB at a time, in
   * memory that is used again for the next. Throws what the reader throws, and `repository-corrupt` for a block with other bytes.
   */
  stream(options?: { readonly from?: number; readonly signal?: AbortSignal }): AsyncIterable<Buffer>;
  /** What has been streamed so far. */
  readonly counts: BlockCounts;
}

/** Digests that are looked at together: 1 MiB of the tree. */
const SURVEY_BLOCKS = 32_768;

/**
 * Finds out how to obtain a root image with the fewest bytes: brings its hash tree (only what differs from the trees of this device), and says
 * for every data block whether a slot of this device holds it. Reads no data.
 */
export async function planBlocks({ reader, image, locals, tree, signal }: PlanBlocksOptions): Promise<BlockPlan> {
  const index = indexLocalImages(locals, image.salt);
  const treeOrigin = await obtainTree({ reader, image, locals: index, place: tree, signal });
  const sources = new BlockSources(image, tree.read, index);
  const counts = { fetched: 0, copied: 0, zeros: 0, refused: 0 };
  return {
    ...(await survey(image, sources)),
    treeOrigin,
    counts,
    stream: ({ from = 0, signal: stop } = {}) =>
      streamBlocks({ reader, image, locals: index.images, sources, from, counts, signal: stop }),
  };
}

async function survey(
  image: NewImage,
  sources: BlockSources,
): Promise<{ toFetch: number; toCopy: number; zeros: number }> {
  const found = { fetch: 0, local: 0, zeros: 0 };
  for (let first = 0; first < image.layout.dataBlocks; first += SURVEY_BLOCKS) {
    const digests = sources.digests(first, SURVEY_BLOCKS);
    for (let at = 0; at < digests.length; at += DIGEST_BYTES) found[sources.sourceOf(digests, at).kind] += 1;
    await setImmediate();
  }
  return { toFetch: found.fetch, toCopy: found.local, zeros: found.zeros };
}
