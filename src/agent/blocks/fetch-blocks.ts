import { BLOCK_OF_ZEROS, blockOfEntry, packOfEntry } from '../../formats/blockmap/blockmap.ts';
import { blockHasher } from '../../formats/verity/hash-blocks.ts';
import { DIGEST_BYTES, VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';
import { blockmapPath, packPath } from '../../model/repository.ts';
import { corruptFile } from '../../store/transport/repository-errors.ts';
import type { ByteRange, RepositoryReader } from '../../store/transport/repository-reader.ts';
import type { BlockmapReader } from './blockmap-reader.ts';
import type { NewImage } from './new-image.ts';
import { wholeBlocks } from './whole-blocks.ts';

/** A data block of the image that is wanted, and the digest it must have (32 bytes). */
export interface WantedBlock {
  readonly block: number;
  readonly digest: Buffer;
}

export interface FetchBlocksOptions {
  readonly reader: RepositoryReader;
  readonly image: NewImage;
  readonly map: BlockmapReader;
  /** Ascending. */
  readonly wanted: readonly WantedBlock[];
  readonly signal: AbortSignal | undefined;
}

/**
 * Fetches blocks from the packs that the map names and gives each to `deliver`, checked: neither map nor packs are signed, the digests are. In the order of the
 * packs, so that neighbours come with one request; the bytes are valid during the call. A block that is wanted twice is fetched once.
 *
 * @returns how many blocks were fetched. Throws `repository-corrupt` for a block with another digest.
 */
export async function fetchBlocks(
  { reader, image, map, wanted, signal }: FetchBlocksOptions,
  deliver: (wanted: WantedBlock, bytes: Buffer) => void,
): Promise<number> {
  const entries = await map.entriesOf(
    wanted.map(({ block }) => block),
    signal,
  );
  const order = Array.from(entries.keys()).sort((a, b) => entries[a]! - entries[b]! || a - b);
  const digest = Buffer.alloc(DIGEST_BYTES);
  const hashInto = blockHasher(image.salt);
  let fetched = 0;
  for (let next = 0; next < order.length; ) {
    const entry = entries[order[next]!]!;
    if (entry === BLOCK_OF_ZEROS)
      throw corruptFile(reader.describe(), blockmapPath(image.rootHash), 'it has zeros where there are none');
    const pack = packOfEntry(entry);
    let end = next + 1;
    while (end < order.length && packOfEntry(entries[order[end]!]!) === pack && entries[order[end]!] !== BLOCK_OF_ZEROS)
      end++;
    const path = packPath(map.packs[pack]!);
    const ranges = blockRanges(order.slice(next, end).map((index) => blockOfEntry(entries[index]!)));
    for await (const { offset, bytes } of wholeBlocks(
      reader.readRanges(path, ranges, signal === undefined ? {} : { signal }),
    )) {
      fetched += 1;
      hashInto(bytes, digest);
      for (; next < end && blockOfEntry(entries[order[next]!]!) * VERITY_BLOCK_BYTES === offset; next++) {
        const each = wanted[order[next]!]!;
        if (!digest.equals(each.digest)) {
          throw corruptFile(reader.describe(), path, `the block at ${offset} is not block ${each.block} of the image`);
        }
        deliver(each, bytes);
      }
    }
    if (next < end) throw corruptFile(reader.describe(), path, 'blocks of it are missing');
  }
  return fetched;
}

/** Ascending block numbers of a pack, some of them equal, as ranges apart from each other. */
function blockRanges(blocks: readonly number[]): ByteRange[] {
  const ranges: { offset: number; length: number }[] = [];
  let previous = -1;
  for (const block of blocks) {
    if (block === previous) continue;
    const last = ranges.at(-1);
    if (last !== undefined && block === previous + 1) last.length += VERITY_BLOCK_BYTES;
    else ranges.push({ offset: block * VERITY_BLOCK_BYTES, length: VERITY_BLOCK_BYTES });
    previous = block;
  }
  return ranges;
}
