import { createHash } from 'node:crypto';
import { blockHasher, type HashBlocks } from '../../formats/verity/hash-blocks.ts';
import { DIGEST_BYTES, SUPERBLOCK_BLOCKS, VERITY_BLOCK_BYTES, type VerityLevel } from '../../formats/verity/layout.ts';
import { parseVeritySuperblock } from '../../formats/verity/superblock.ts';
import { objectPath } from '../../model/repository.ts';
import { corruptFile } from '../../store/transport/repository-errors.ts';
import type { ByteRange, RepositoryReader } from '../../store/transport/repository-reader.ts';
import { readLocal } from './local-image.ts';
import type { LocalIndex } from './local-index.ts';
import type { NewImage } from './new-image.ts';
import { wholeBlocks } from './whole-blocks.ts';

/** Where the new hash tree goes: the hash partition of the slot that is being written, or a file. */
export interface TreePlace {
  readonly read: (offset: number, length: number) => Buffer;
  readonly write: (offset: number, bytes: Uint8Array) => void;
}

export interface ObtainTreeOptions {
  readonly reader: RepositoryReader;
  readonly image: NewImage;
  readonly locals: LocalIndex;
  readonly place: TreePlace;
  readonly signal?: AbortSignal | undefined;
}

/** Where the blocks of the tree came from. */
export interface TreeOrigin {
  readonly fetched: number;
  readonly copied: number;
  /** Were there already: of an earlier attempt. */
  readonly kept: number;
}

/** How many blocks of the tree are worked on at once: 1 MiB in memory. */
const WINDOW_BLOCKS = 256;

/**
 * Brings the hash tree of the new image to `place`, from the top: what a level says of the one below it is known before that is looked at,
 * so a block that any local tree has is taken from there, and only the others are fetched. Of subtrees that did not change not a byte comes over the
 * network. Each block is checked against its parent before it is written; at the end the whole is checked against its SHA-256.
 *
 * Interrupted, it is begun again, and keeps what it finds right. Throws `repository-corrupt`, `repository-incomplete`, and what the reader throws.
 */
export async function obtainTree(options: ObtainTreeOptions): Promise<TreeOrigin> {
  const origin = { fetched: 0, copied: 0, kept: 0 };
  const { image, place } = options;
  for (const [index, level] of [...image.layout.levels.entries()].reverse()) {
    const parent = image.layout.levels[index + 1];
    for (let from = 0; from < level.blocks; from += WINDOW_BLOCKS) {
      const count = Math.min(WINDOW_BLOCKS, level.blocks - from);
      const expected = expectedDigests(image, place, parent, from, count);
      await obtainWindow(options, level.firstBlock + from, expected, origin);
    }
  }
  await obtainSuperblock(options, origin);
  checkWhole(options);
  return origin;
}

/** What the level above says of `count` blocks from `from` on. */
function expectedDigests(
  { rootHash }: NewImage,
  place: TreePlace,
  parent: VerityLevel | undefined,
  from: number,
  count: number,
): Buffer {
  if (parent === undefined) return Buffer.from(rootHash, 'hex');
  const offset = parent.firstBlock * VERITY_BLOCK_BYTES + from * DIGEST_BYTES;
  // Devices read whole blocks.
  const start = offset - (offset % VERITY_BLOCK_BYTES);
  const end = Math.ceil((offset + count * DIGEST_BYTES) / VERITY_BLOCK_BYTES) * VERITY_BLOCK_BYTES;
  return place.read(start, end - start).subarray(offset - start, offset - start + count * DIGEST_BYTES);
}

/** Brings the blocks from `first` on that have the digests `expected`. */
async function obtainWindow(
  { reader, image, locals, place, signal }: ObtainTreeOptions,
  first: number,
  expected: Buffer,
  origin: { fetched: number; copied: number; kept: number },
): Promise<void> {
  const count = expected.length / DIGEST_BYTES;
  const actual = Buffer.alloc(expected.length);
  const hashInto = blockHasher(image.salt);
  hashInto(place.read(first * VERITY_BLOCK_BYTES, count * VERITY_BLOCK_BYTES), actual);
  const missing: number[] = [];
  for (let index = 0; index < count; index++) {
    const at = index * DIGEST_BYTES;
    if (sameDigest(actual, expected, at)) {
      origin.kept += 1;
      continue;
    }
    const block = localTreeBlock(locals, hashInto, expected, at);
    if (block === undefined) missing.push(index);
    else {
      place.write((first + index) * VERITY_BLOCK_BYTES, block);
      origin.copied += 1;
    }
  }
  const path = objectPath(image.tree);
  const ranges = missing.map((index): ByteRange => blockRange(first + index));
  for await (const { offset, bytes } of wholeBlocks(reader.readRanges(path, ranges, optionalSignal(signal)))) {
    const index = offset / VERITY_BLOCK_BYTES - first;
    hashInto(bytes, actual, index * DIGEST_BYTES);
    if (!sameDigest(actual, expected, index * DIGEST_BYTES)) {
      throw corruptFile(reader.describe(), path, `block ${first + index} is not what the hash above it says`);
    }
    place.write(offset, bytes);
    origin.fetched += 1;
  }
}

/** The block of a local tree with the digest at `at`; it is hashed again, as the slot may have changed since it was indexed. */
function localTreeBlock(locals: LocalIndex, hashInto: HashBlocks, digests: Buffer, at: number): Buffer | undefined {
  const found = locals.findTree(digests, at);
  if (found === undefined) return undefined;
  const block = readLocal(locals.images[found.image]!.tree, found.block * VERITY_BLOCK_BYTES, VERITY_BLOCK_BYTES);
  if (block === undefined) return undefined;
  const actual = Buffer.alloc(DIGEST_BYTES);
  hashInto(block, actual);
  return actual.compare(digests, at, at + DIGEST_BYTES) === 0 ? block : undefined;
}

/** The superblock, which no hash above covers: it must say what the manifest says, and be part of a tree with the right SHA-256. */
async function obtainSuperblock(
  { reader, image, place, signal }: ObtainTreeOptions,
  origin: { fetched: number },
): Promise<void> {
  const path = objectPath(image.tree);
  const range = { offset: 0, length: SUPERBLOCK_BLOCKS * VERITY_BLOCK_BYTES };
  for await (const { offset, bytes } of wholeBlocks(reader.readRanges(path, [range], optionalSignal(signal)))) {
    const { dataBlocks, salt } = parseVeritySuperblock(bytes);
    if (dataBlocks !== image.layout.dataBlocks || !salt.equals(image.salt)) {
      throw corruptFile(reader.describe(), path, 'its superblock is that of another image');
    }
    place.write(offset, bytes);
    origin.fetched += 1;
  }
}

/** The tree as it is now must be the object that the manifest names. */
function checkWhole({ reader, image, place }: ObtainTreeOptions): void {
  const digest = createHash('sha256');
  for (let block = 0; block < image.layout.treeBlocks; block += WINDOW_BLOCKS) {
    const count = Math.min(WINDOW_BLOCKS, image.layout.treeBlocks - block);
    digest.update(place.read(block * VERITY_BLOCK_BYTES, count * VERITY_BLOCK_BYTES));
  }
  if (digest.digest('hex') === image.tree) return;
  throw corruptFile(
    reader.describe(),
    objectPath(image.tree),
    'its superblock or padding is not what the manifest says',
  );
}

function blockRange(block: number): ByteRange {
  return { offset: block * VERITY_BLOCK_BYTES, length: VERITY_BLOCK_BYTES };
}

function sameDigest(a: Buffer, b: Buffer, at: number): boolean {
  return a.compare(b, at, at + DIGEST_BYTES, at, at + DIGEST_BYTES) === 0;
}

function optionalSignal(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
