import { setImmediate } from 'node:timers/promises';
import { blockHasher } from '../../formats/verity/hash-blocks.ts';
import { DIGEST_BYTES, VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';
import type { RepositoryReader } from '../../store/transport/repository-reader.ts';
import { ArrivedBlocks } from './arrived-blocks.ts';
import type { BlockSources } from './block-sources.ts';
import { type BlockmapReader, openBlockmap } from './blockmap-reader.ts';
import { CopyRun } from './copy-run.ts';
import { fetchBlocks, type WantedBlock } from './fetch-blocks.ts';
import type { LocalImage } from './local-image.ts';
import type { NewImage } from './new-image.ts';

/** Blocks that were streamed, by where they came from. */
export interface BlockCounts {
  /** From packs; one that the image has several times may count once. */
  fetched: number;
  copied: number;
  zeros: number;
  /** Taken from a local slot, found to be another block than its tree says, and fetched instead. */
  refused: number;
}

export interface StreamBlocksOptions {
  readonly reader: RepositoryReader;
  readonly image: NewImage;
  readonly locals: readonly LocalImage[];
  readonly sources: BlockSources;
  /** The first data block that is wanted. */
  readonly from: number;
  readonly counts: BlockCounts;
  readonly signal: AbortSignal | undefined;
}

/** 1 MiB: what is given out at once. */
const WINDOW_BLOCKS = 256;
/** 4 MiB of fetched blocks are held at most, and about as much of what they arrived in: many requests are merged, and the agent stays small. */
const BATCH_FETCHED_BLOCKS = 1024;
/** 256 MiB of image: where hardly anything is to be fetched, a batch still ends and its sources are looked at anew. */
const BATCH_BLOCKS = 65_536;
/** A slot that gives this many wrong blocks is rotten: what it should hold is fetched together with the rest, not one by one. */
const MAX_REFUSED = 32;

/**
 * The data blocks of the image from `from` on, in order. A batch looks ahead over the tree until enough blocks are to be fetched, fetches those in the order
 * of the packs, then gives out the image's order, with local blocks copied in between. Every block has been hashed and is what the tree says.
 */
export async function* streamBlocks(options: StreamBlocksOptions): AsyncGenerator<Buffer> {
  const { image, from } = options;
  const memory: BatchMemory = {
    arrived: new ArrivedBlocks(BATCH_FETCHED_BLOCKS),
    window: Buffer.alloc(WINDOW_BLOCKS * VERITY_BLOCK_BYTES),
  };
  let map: BlockmapReader | undefined;
  for (let next = from; next < image.layout.dataBlocks; ) {
    options.signal?.throwIfAborted();
    const batch = planBatch(options, next);
    if (batch.wanted.length > 0) map ??= await openBlockmap(options.reader, image, options.signal);
    next = yield* emitBatch(options, batch, map, memory);
  }
}

/** What all batches use, one after another. */
interface BatchMemory {
  readonly arrived: ArrivedBlocks;
  readonly window: Buffer;
}

interface Batch {
  readonly first: number;
  /** The block after the last. */
  readonly end: number;
  readonly wanted: readonly WantedBlock[];
}

function planBatch({ image, sources }: StreamBlocksOptions, first: number): Batch {
  const wanted: WantedBlock[] = [];
  const limit = Math.min(image.layout.dataBlocks, first + BATCH_BLOCKS);
  let end = first;
  while (end < limit) {
    const digests = sources.digests(end, Math.min(WINDOW_BLOCKS, limit - end));
    for (let at = 0; at < digests.length; at += DIGEST_BYTES, end++) {
      if (sources.sourceOf(digests, at).kind !== 'fetch') continue;
      if (wanted.length === BATCH_FETCHED_BLOCKS) return { first, end, wanted };
      wanted.push({ block: end, digest: Buffer.from(digests.subarray(at, at + DIGEST_BYTES)) });
    }
  }
  return { first, end, wanted };
}

/** Gives out a batch; returns where to go on, which is before its end when a local image turned out to be rotten. */
async function* emitBatch(
  options: StreamBlocksOptions,
  { first, end, wanted }: Batch,
  openedMap: BlockmapReader | undefined,
  { arrived, window: room }: BatchMemory,
): AsyncGenerator<Buffer, number> {
  const { reader, image, sources, counts, signal } = options;
  let map = openedMap;
  arrived.begin(wanted.length);
  if (map !== undefined && wanted.length > 0) {
    counts.fetched += await fetchBlocks({ reader, image, map, wanted, signal }, ({ block }, bytes) =>
      arrived.add(block, bytes),
    );
  }
  for (let start = first; start < end; start += WINDOW_BLOCKS) {
    signal?.throwIfAborted();
    const count = Math.min(WINDOW_BLOCKS, end - start);
    const digests = sources.digests(start, count);
    const window = room.subarray(0, count * VERITY_BLOCK_BYTES);
    const filled = fillWindow(options, digests, start, window, arrived);
    counts.zeros += filled.zeros;
    for (const { block, from } of filled.wrong) {
      counts.refused += 1;
      if (counts.refused % MAX_REFUSED === 0) {
        sources.distrust(from);
        return start;
      }
      map ??= await openBlockmap(reader, image, signal);
      const at = (block - start) * DIGEST_BYTES;
      const missing = [{ block, digest: Buffer.from(digests.subarray(at, at + DIGEST_BYTES)) }];
      counts.fetched += await fetchBlocks({ reader, image, map, wanted: missing, signal }, (_, bytes) => {
        bytes.copy(window, (block - start) * VERITY_BLOCK_BYTES);
      });
    }
    counts.copied += filled.copied;
    yield window;
    // Copying waits for nothing: without a pause, who feeds the watchdog or answers the socket would wait for the whole image.
    await setImmediate();
  }
  return end;
}

interface FilledWindow {
  readonly zeros: number;
  /** Blocks from local images that are what they should be. */
  readonly copied: number;
  /** Blocks that are not, and the local image that they were taken from. */
  readonly wrong: readonly { readonly block: number; readonly from: number }[];
}

/** Fills `window` with what is at hand. What was fetched has been checked; what is copied from local images is checked here. */
function fillWindow(
  { image, locals, sources }: StreamBlocksOptions,
  digests: Buffer,
  start: number,
  window: Buffer,
  arrived: ArrivedBlocks,
): FilledWindow {
  const wrong: { block: number; from: number }[] = [];
  let [zeros, copied] = [0, 0];
  const actual = Buffer.alloc(digests.length);
  const hashInto = blockHasher(image.salt);
  const run = new CopyRun(locals, window, (index, count, from) => {
    const bytes = window.subarray(index * VERITY_BLOCK_BYTES, (index + count) * VERITY_BLOCK_BYTES);
    hashInto(bytes, actual, index * DIGEST_BYTES);
    for (let each = index; each < index + count; each++) {
      const at = each * DIGEST_BYTES;
      if (actual.compare(digests, at, at + DIGEST_BYTES, at, at + DIGEST_BYTES) === 0) copied += 1;
      else wrong.push({ block: start + each, from });
    }
  });
  for (let index = 0; index * DIGEST_BYTES < digests.length; index++) {
    const at = index * VERITY_BLOCK_BYTES;
    if (arrived.copyTo(start + index, window, at)) continue;
    const source = sources.sourceOf(digests, index * DIGEST_BYTES);
    if (source.kind === 'local') run.add(index, source.place);
    else if (source.kind === 'zeros') {
      window.fill(0, at, at + VERITY_BLOCK_BYTES);
      zeros += 1;
    }
  }
  run.flush();
  return { zeros, copied, wrong };
}
