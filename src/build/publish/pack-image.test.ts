import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  BLOCK_OF_ZEROS,
  type Blockmap,
  blockOfEntry,
  encodeBlockmap,
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

function pack(
  { image, rootHash }: SampleImage,
  known = NO_BLOCKS,
  salt = SALT,
): { packs: Map<Sha256, Buffer>; map: Blockmap } {
  const packs = new Map<Sha256, Buffer>();
  const making = packImage({ rootHash, salt, read: readAtOf(image), leaves: hashImage(image, salt), known });
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

test('the test vectors of the format’s page', () => {
  const salt = Buffer.alloc(32, 0xa5);
  for (const [image, rootHash, mapDigest] of [
    [
      sampleImage(names(300), salt),
      '05864d99d4784f30b36c37a4ac6b90dc135da1f2fdee6561b913e1e87ac638fc',
      '1bfc5a6bf51e2fd8c207a8b416850e333ae4afd214831faf2fe333f078bfb58d',
    ],
    [
      sampleImage([...names(300), 0, 'block 7'], salt),
      '1bce4ef95ac0de99e1d0a2e3823c148528e276b30d24a87518444da69717e8c2',
      'f2f88af99940ecdbb2e69f36e1cacbf5e1312377e1e081033153dc1e8205680c',
    ],
  ] as const) {
    const { packs, map } = pack(image, NO_BLOCKS, salt);
    assert.equal(image.rootHash, rootHash);
    assert.deepEqual([...packs.keys()], ['53da110aca0bdc293a25ec2269ae064a42a49c7f2011672d3b31dcfac6f5a803']);
    assert.equal(sha256(encodeBlockmap(map)), mapDigest);
  }
});

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
