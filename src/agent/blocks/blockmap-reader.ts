import {
  BLOCKMAP_ENTRY_BYTES,
  BLOCKMAP_HEAD_BYTES,
  type BlockmapHead,
  PACK_DIGEST_BYTES,
  parseBlockmapEntries,
  parseBlockmapHead,
  parsePackTable,
} from '../../formats/blockmap/blockmap.ts';
import type { Sha256 } from '../../model/digest.ts';
import { blockmapPath } from '../../model/repository.ts';
import { corruptFile } from '../../store/transport/repository-errors.ts';
import type { ByteRange, RepositoryReader } from '../../store/transport/repository-reader.ts';
import type { NewImage } from './new-image.ts';

/** Looks into the block map of an image, of which it reads only what is asked for. */
export interface BlockmapReader {
  readonly packs: readonly Sha256[];
  /** The entries of `blocks` (ascending indices of data blocks), in their order. */
  entriesOf(blocks: readonly number[], signal?: AbortSignal): Promise<Uint32Array>;
}

/** What is read first: the head, and the names of the packs when they are not many. */
const FIRST_BYTES = 8192;

/** Opens the block map of `image`. Throws `blockmap-invalid`, `repository-corrupt` when it is that of another image, and what the reader throws. */
export async function openBlockmap(
  reader: RepositoryReader,
  image: NewImage,
  signal?: AbortSignal,
): Promise<BlockmapReader> {
  const path = blockmapPath(image.rootHash);
  const read = (ranges: readonly ByteRange[], stop?: AbortSignal): Promise<Buffer> =>
    gather(reader.readRanges(path, ranges, stop === undefined ? {} : { signal: stop }), ranges);
  const leastBytes = BLOCKMAP_HEAD_BYTES + image.layout.dataBlocks * BLOCKMAP_ENTRY_BYTES;
  const first = await read([{ offset: 0, length: Math.min(leastBytes, FIRST_BYTES) }], signal);
  const head = parseBlockmapHead(first);
  if (head.rootHash !== image.rootHash || head.dataBlocks !== image.layout.dataBlocks) {
    throw corruptFile(reader.describe(), path, 'it is that of another image');
  }
  const packs = parsePackTable(await restOfTable(first, head, read, signal), head);
  return {
    packs,
    async entriesOf(blocks, stop) {
      return parseBlockmapEntries(await read(entryRanges(head, blocks), stop), head);
    },
  };
}

async function restOfTable(
  first: Buffer,
  head: BlockmapHead,
  read: (ranges: readonly ByteRange[], signal?: AbortSignal) => Promise<Buffer>,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  if (first.length >= head.entriesOffset) return first.subarray(BLOCKMAP_HEAD_BYTES, head.entriesOffset);
  return read([{ offset: BLOCKMAP_HEAD_BYTES, length: head.packCount * PACK_DIGEST_BYTES }], signal);
}

/** Runs of neighbouring blocks as ranges of the map. */
function entryRanges(head: BlockmapHead, blocks: readonly number[]): ByteRange[] {
  const ranges: { offset: number; length: number }[] = [];
  for (const block of blocks) {
    const offset = head.entriesOffset + block * BLOCKMAP_ENTRY_BYTES;
    const last = ranges.at(-1);
    if (last !== undefined && last.offset + last.length === offset) last.length += BLOCKMAP_ENTRY_BYTES;
    else ranges.push({ offset, length: BLOCKMAP_ENTRY_BYTES });
  }
  return ranges;
}

async function gather(
  pieces: AsyncIterable<{ readonly bytes: Buffer }>,
  ranges: readonly ByteRange[],
): Promise<Buffer> {
  const all = Buffer.alloc(ranges.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for await (const { bytes } of pieces) at += bytes.copy(all, at);
  return all;
}
