import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  BLOCK_OF_ZEROS,
  type Blockmap,
  blockOfEntry,
  MAX_PACK_BLOCKS,
  packOfEntry,
} from '../../formats/blockmap/blockmap.ts';
import { readAtOf } from '../../formats/read-at.ts';
import { hashImage } from '../../formats/verity/build-tree.ts';
import { VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';
import { type Sha256, sha256 } from '../../model/digest.ts';
import { blockmapPath, MAX_PACK_BYTES, packPath } from '../../model/repository.ts';
import { openDirectoryWriter } from '../../store/transport/directory/directory-writer.ts';
import { scratchDirectory } from '../../store/transport/scratch.fixture.ts';
import { knownBlocks, NO_BLOCKS, type PublishedRoot } from './known-blocks.ts';
import { packImage } from './pack-image.ts';
import { SALT, type SampleImage, sampleBlock, sampleImage, storeImage } from './packed-image.fixture.ts';

function pack({ image, rootHash }: SampleImage, known = NO_BLOCKS): { packs: Map<Sha256, Buffer>; map: Blockmap } {
  const packs = new Map<Sha256, Buffer>();
  const making = packImage({ rootHash, salt: SALT, read: readAtOf(image), leaves: hashImage(image, SALT), known });
  for (;;) {
    const next = making.next();
    if (next.done === true) return { packs, map: next.value };
    assert.equal(sha256(next.value.bytes), next.value.digest);
    assert.ok(next.value.bytes.length <= MAX_PACK_BYTES);
    packs.set(next.value.digest, Buffer.from(next.value.bytes));
  }
}

/** Puts the image together again from packs alone. */
function unpack(map: Blockmap, packs: ReadonlyMap<Sha256, Buffer>): Buffer {
  const blocks = Array.from(map.entries, (entry) => {
    if (entry === BLOCK_OF_ZEROS) return sampleBlock(0);
    const at = blockOfEntry(entry) * VERITY_BLOCK_BYTES;
    return packs.get(map.packs[packOfEntry(entry)]!)!.subarray(at, at + VERITY_BLOCK_BYTES);
  });
  return Buffer.concat(blocks);
}

function rootOf({ image, tree, rootHash }: SampleImage): PublishedRoot {
  return {
    hash: rootHash,
    salt: SALT.toString('hex'),
    image: { size: image.length },
    tree: { size: tree.length, sha256: sha256(tree) },
  };
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `block ${index}`);

test('each block once, in order, zeros in none, packs of 16 MiB', () => {
  const image = sampleImage([...names(MAX_PACK_BLOCKS), 0, 'block 3', 'more', 'block 3', 'more', 0]);
  const { packs, map } = pack(image);
  assert.deepEqual(
    [...packs.values()].map((bytes) => bytes.length / VERITY_BLOCK_BYTES),
    [MAX_PACK_BLOCKS, 1],
  );
  assert.ok(unpack(map, packs).equals(image.image));
  assert.deepEqual(pack(image), { packs, map }, 'the same again');
});

test('of the next release only what no pack holds', async (t) => {
  const repository = openDirectoryWriter(scratchDirectory(t));
  const [first, second] = [sampleImage(names(600)), sampleImage(['new 1', ...names(600), 0, 'new 2', 'new 1'])];
  assert.equal(await storeImage(repository, first), 600 * VERITY_BLOCK_BYTES);
  const known = await knownBlocks(repository, [rootOf(first)], SALT.toString('hex'));
  assert.equal(await storeImage(repository, second, known), 2 * VERITY_BLOCK_BYTES);
  const both = await knownBlocks(repository, [rootOf(second), rootOf(first)], SALT.toString('hex'));
  assert.equal(pack(sampleImage([...names(600), 'new 2']), both).packs.size, 0);
});

test('releases whose files are gone, damaged or salted otherwise are no help, and no harm', async (t) => {
  const directory = scratchDirectory(t);
  const repository = openDirectoryWriter(directory);
  const image = sampleImage(names(10));
  await storeImage(repository, image);
  const salt = SALT.toString('hex');
  const found = async (): Promise<boolean> =>
    (await knownBlocks(repository, [rootOf(image)], salt)).find(hashImage(image.image, SALT), 0) !== undefined;
  assert.equal(await found(), true);
  assert.equal((await knownBlocks(repository, [rootOf(image)], '00')).find(hashImage(image.image, SALT), 0), undefined);
  const map = join(directory, blockmapPath(image.rootHash));
  writeFileSync(map, 'no map');
  assert.equal(await found(), false);
  rmSync(map);
  assert.equal(await found(), false);
  await storeImage(repository, image);
  assert.equal(await found(), true);
  const [pack] = readdirSync(join(directory, 'packs'), { recursive: true, withFileTypes: true }).filter((each) =>
    each.isFile(),
  );
  rmSync(join(pack!.parentPath, pack!.name));
  assert.equal(await found(), false);
  assert.equal(await repository.sizeOf(packPath(pack!.name.slice(0, 64) as Sha256)), undefined);
});

test('an image that changes meanwhile is not published', () => {
  const { image, rootHash } = sampleImage(names(10));
  const leaves = hashImage(image, SALT);
  const changed = Buffer.from(image);
  changed[7 * VERITY_BLOCK_BYTES]! ^= 1;
  const making = packImage({ rootHash, salt: SALT, read: readAtOf(changed), leaves, known: NO_BLOCKS });
  assert.throws(() => making.next(), { code: 'release-not-verified' });
});
