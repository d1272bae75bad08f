import { BLOCK_OF_ZEROS, type Blockmap, entryOf, MAX_PACK_BLOCKS, MAX_PACKS } from '../../formats/blockmap/blockmap.ts';
import type { ReadAt } from '../../formats/read-at.ts';
import { DigestTable } from '../../formats/verity/digest-table.ts';
import { hashBlocks } from '../../formats/verity/hash-blocks.ts';
import { DIGEST_BYTES, VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';
import { type Sha256, sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { KnownBlocks } from './known-blocks.ts';

/** A pack that the repository needs: some blocks of the image, one after the other. */
export interface Pack {
  readonly digest: Sha256;
  /** At most 16 MiB; used again for the next pack. */
  readonly bytes: Buffer;
}

export interface PackImageOptions {
  readonly rootHash: Sha256;
  readonly salt: Buffer;
  /** Reads the image. */
  readonly read: ReadAt;
  /** The digests of its blocks. */
  readonly leaves: Buffer;
  readonly known: KnownBlocks;
}

/**
 * Puts those blocks of an image that no pack holds yet into packs, in the order of the image, each once; blocks of zeros into none. What a pack holds
 * follows from the image and what is known: a publish that is begun again makes the same packs. Yields them one by one, then
 * returns the block map over old and new ones.
 *
 * Throws `release-not-verified` when the image is not what `leaves` say, `internal` beyond {@link MAX_PACKS}.
 */
export function* packImage({ rootHash, salt, read, leaves, known }: PackImageOptions): Generator<Pack, Blockmap> {
  const blocks = leaves.length / DIGEST_BYTES;
  const packs = new PackNumbers();
  const entries = new Uint32Array(blocks);
  const own = new DigestTable(blocks);
  const zeros = Buffer.alloc(DIGEST_BYTES);
  hashBlocks(Buffer.alloc(VERITY_BLOCK_BYTES), salt, zeros);
  const room = Buffer.alloc(Math.min(blocks, MAX_PACK_BLOCKS) * VERITY_BLOCK_BYTES);
  let open: number[] = [];

  const close = function* (): Generator<Pack> {
    if (open.length === 0) return;
    const bytes = fill(room, open, { read, leaves, salt });
    const digest = sha256(bytes);
    yield { digest, bytes };
    const number = packs.numberOf(digest);
    for (const [place, block] of open.entries()) entries[block] = entryOf(number, place);
    open = [];
  };

  const repeated: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const at = block * DIGEST_BYTES;
    if (leaves.compare(zeros, 0, DIGEST_BYTES, at, at + DIGEST_BYTES) === 0) {
      entries[block] = BLOCK_OF_ZEROS;
      continue;
    }
    const packed = known.find(leaves, at);
    if (packed !== undefined) {
      entries[block] = entryOf(packs.numberOf(packed.pack), packed.block);
      continue;
    }
    const before = own.find(leaves, at);
    if (
      before !== undefined &&
      leaves.compare(leaves, at, at + DIGEST_BYTES, before * DIGEST_BYTES, (before + 1) * DIGEST_BYTES) === 0
    ) {
      // Its place is known when the pack is closed.
      repeated.push(block);
      continue;
    }
    own.add(leaves, at, block);
    open.push(block);
    if (open.length === MAX_PACK_BLOCKS) yield* close();
  }
  yield* close();
  for (const block of repeated) entries[block] = entries[own.find(leaves, block * DIGEST_BYTES)!]!;
  return { rootHash, packs: packs.digests, entries };
}

/** Reads the image's `blocks` into `room`, neighbours at once, and checks them: what is published wrong would be refused by every device. */
function fill(
  room: Buffer,
  blocks: readonly number[],
  { read, leaves, salt }: Pick<PackImageOptions, 'read' | 'leaves' | 'salt'>,
): Buffer {
  for (let index = 0; index < blocks.length; ) {
    let count = 1;
    while (blocks[index + count] === blocks[index]! + count) count++;
    read(blocks[index]! * VERITY_BLOCK_BYTES, count * VERITY_BLOCK_BYTES).copy(room, index * VERITY_BLOCK_BYTES);
    index += count;
  }
  const bytes = room.subarray(0, blocks.length * VERITY_BLOCK_BYTES);
  const actual = Buffer.alloc(blocks.length * DIGEST_BYTES);
  hashBlocks(bytes, salt, actual);
  for (const [index, block] of blocks.entries()) {
    const [from, at] = [index * DIGEST_BYTES, block * DIGEST_BYTES];
    if (actual.compare(leaves, at, at + DIGEST_BYTES, from, from + DIGEST_BYTES) === 0) continue;
    throw new AshlarError('release-not-verified', `Block ${block} of the root image changed while it was published.`, {
      hint: 'Leave the release alone while it is published; `ashlar verify` shows whether it is whole.',
    });
  }
  return bytes;
}

/** Numbers packs in the order in which they are first needed. */
class PackNumbers {
  readonly digests: Sha256[] = [];
  readonly #numbers = new Map<Sha256, number>();

  numberOf(digest: Sha256): number {
    const known = this.#numbers.get(digest);
    if (known !== undefined) return known;
    if (this.digests.length === MAX_PACKS) {
      throw new AshlarError('internal', `An image that lies in more than ${MAX_PACKS} packs cannot be published.`, {
        hint: 'Publish it into an empty repository.',
      });
    }
    this.#numbers.set(digest, this.digests.length);
    return this.digests.push(digest) - 1;
  }
}
