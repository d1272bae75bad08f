import { hashBlocks } from '../../formats/verity/hash-blocks.ts';
import { DIGEST_BYTES, DIGESTS_PER_BLOCK, VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';
import type { LocalIndex, LocalPlace } from './local-index.ts';
import type { NewImage } from './new-image.ts';

/** Where a data block of the new image comes from. */
export type BlockSource =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'local'; readonly place: LocalPlace }
  | { readonly kind: 'fetch' };

const ZEROS: BlockSource = { kind: 'zeros' };
const FETCH: BlockSource = { kind: 'fetch' };

/** The digests of data blocks and where each block is to be had: nothing is read but the new hash tree, which is complete. */
export class BlockSources {
  readonly #image: NewImage;
  readonly #readTree: (offset: number, length: number) => Buffer;
  readonly #locals: LocalIndex;
  readonly #zeros: Buffer;
  /** Local images that turned out not to hold what their trees say. */
  readonly #distrusted = new Set<number>();

  constructor(image: NewImage, readTree: (offset: number, length: number) => Buffer, locals: LocalIndex) {
    this.#image = image;
    this.#readTree = readTree;
    this.#locals = locals;
    this.#zeros = Buffer.alloc(DIGEST_BYTES);
    hashBlocks(Buffer.alloc(VERITY_BLOCK_BYTES), image.salt, this.#zeros);
  }

  /** The digests of up to `count` data blocks from `first` on, as the tree says. */
  digests(first: number, count: number): Buffer {
    const [leaves] = this.#image.layout.levels;
    // Of a single block the root hash is the digest.
    if (leaves === undefined) return Buffer.from(this.#image.rootHash, 'hex');
    const last = Math.min(this.#image.layout.dataBlocks, first + count);
    const firstBlock = Math.floor(first / DIGESTS_PER_BLOCK);
    const endBlock = Math.ceil(last / DIGESTS_PER_BLOCK);
    const blocks = this.#readTree(
      (leaves.firstBlock + firstBlock) * VERITY_BLOCK_BYTES,
      (endBlock - firstBlock) * VERITY_BLOCK_BYTES,
    );
    const skipped = (first - firstBlock * DIGESTS_PER_BLOCK) * DIGEST_BYTES;
    return blocks.subarray(skipped, skipped + (last - first) * DIGEST_BYTES);
  }

  /** Where the block with the digest at `at` in `digests` comes from. */
  sourceOf(digests: Buffer, at: number): BlockSource {
    if (digests.compare(this.#zeros, 0, DIGEST_BYTES, at, at + DIGEST_BYTES) === 0) return ZEROS;
    const place = this.#locals.findData(digests, at);
    return place === undefined || this.#distrusted.has(place.image) ? FETCH : { kind: 'local', place };
  }

  /** Takes nothing more from a local image. */
  distrust(image: number): void {
    this.#distrusted.add(image);
  }
}
