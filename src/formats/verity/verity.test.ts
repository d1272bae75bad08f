import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../../model/digest.ts';
import { uuid } from '../uuid.ts';
import { buildVerityTree } from './build-tree.ts';
import { VERITY_BLOCK_BYTES, verityLayout } from './layout.ts';
import { encodeVeritySuperblock, parseVeritySuperblock, SUPERBLOCK_BYTES } from './superblock.ts';
import { verifyVerity } from './verify-tree.ts';

const UUID = uuid('11111111-2222-3333-4444-555555555555');
const SALT = Buffer.from('a5'.repeat(32), 'hex');

/** Blocks that all differ: each is filled with its own digest. */
function sampleImage(blocks: number): Buffer {
  return Buffer.concat(
    Array.from({ length: blocks }, (_, block) =>
      Buffer.alloc(VERITY_BLOCK_BYTES, hash('sha256', `block ${block}`, 'buffer')),
    ),
  );
}

describe('layout', () => {
  test('levels shrink by 128 and the top one comes first', () => {
    assert.deepEqual(verityLayout(1), { dataBlocks: 1, levels: [], treeBlocks: 1 });
    assert.deepEqual(verityLayout(128).levels, [{ firstBlock: 1, blocks: 1, hashes: 128 }]);
    assert.deepEqual(verityLayout(129).levels, [
      { firstBlock: 2, blocks: 2, hashes: 129 },
      { firstBlock: 1, blocks: 1, hashes: 2 },
    ]);
    assert.equal(verityLayout(262_144).treeBlocks, 1 + 1 + 16 + 2048);
  });

  for (const blocks of [0, -1, 1.5, Number.NaN, 2 ** 33]) {
    test(`${blocks} blocks are refused`, () => assert.throws(() => verityLayout(blocks), { code: 'image-corrupt' }));
  }
});

describe('superblock', () => {
  test('comes back as it was written', () => {
    const superblock = { uuid: UUID, dataBlocks: 77, salt: SALT };
    assert.deepEqual(parseVeritySuperblock(encodeVeritySuperblock(superblock)), superblock);
  });

  test('a salt of 257 bytes is refused', () => {
    assert.throws(() => encodeVeritySuperblock({ uuid: UUID, dataBlocks: 1, salt: Buffer.alloc(257) }), {
      code: 'usage',
    });
  });

  test('any flipped byte outside UUID, block count and salt is refused', () => {
    const good = encodeVeritySuperblock({ uuid: UUID, dataBlocks: 77, salt: SALT });
    const free = [
      [16, 32],
      [72, 82],
      [88, 88 + SALT.length],
    ] as const;
    for (let at = 0; at < SUPERBLOCK_BYTES; at++) {
      if (free.some(([from, to]) => at >= from && at < to)) continue;
      const bad = Buffer.from(good);
      bad[at] = bad[at]! ^ 0x10;
      assert.throws(() => parseVeritySuperblock(bad), { code: 'image-corrupt' }, `byte ${at}`);
    }
  });

  test('arbitrary bytes are refused or parsed, never anything else', () => {
    const good = encodeVeritySuperblock({ uuid: UUID, dataBlocks: 77, salt: SALT });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(SUPERBLOCK_BYTES - 1), fc.nat(255))),
        fc.nat(SUPERBLOCK_BYTES),
        (edits, keep) => {
          const bytes = Buffer.from(good);
          for (const [at, value] of edits) bytes[at] = value;
          try {
            const parsed = parseVeritySuperblock(bytes.subarray(0, keep));
            assert.deepEqual(encodeVeritySuperblock(parsed), bytes);
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'image-corrupt');
          }
        },
      ),
    );
  });
});

describe('tree', () => {
  test('test vector of docs/development/formats/verity.md', () => {
    const { tree, rootHash } = buildVerityTree(sampleImage(300), { salt: SALT, uuid: UUID });
    assert.equal(rootHash, '05864d99d4784f30b36c37a4ac6b90dc135da1f2fdee6561b913e1e87ac638fc');
    assert.equal(sha256(tree), 'ae658051a6ffae1959e6706d20035b0d2a762c9c1fb20f138248c31293cf3376');
  });

  test('a single block: its own hash is the root hash', () => {
    const image = sampleImage(1);
    const { tree, rootHash } = buildVerityTree(image, { salt: SALT, uuid: UUID });
    assert.equal(rootHash, sha256(Buffer.concat([SALT, image])));
    assert.equal(tree.length, VERITY_BLOCK_BYTES);
    assert.deepEqual(verifyVerity(image, tree, rootHash), []);
  });

  test('an image that is not whole blocks is refused', () => {
    assert.throws(() => buildVerityTree(Buffer.alloc(4097), { salt: SALT, uuid: UUID }), { code: 'usage' });
    assert.throws(() => buildVerityTree(Buffer.alloc(0), { salt: SALT, uuid: UUID }), { code: 'usage' });
  });

  test('sizes that do not fit are refused before anything is allocated', () => {
    const image = sampleImage(3);
    const { tree, rootHash } = buildVerityTree(image, { salt: SALT, uuid: UUID });
    const huge = Buffer.from(tree);
    huge.writeBigUInt64LE(2n ** 32n, 72);
    assert.throws(() => verifyVerity(image, huge, rootHash), { code: 'image-corrupt' });
    assert.throws(() => verifyVerity(image.subarray(VERITY_BLOCK_BYTES), tree, rootHash), { code: 'image-corrupt' });
    assert.throws(() => verifyVerity(image, tree.subarray(0, VERITY_BLOCK_BYTES), rootHash), { code: 'image-corrupt' });
  });
});

/**
 * The model of the tree: 300 data blocks under three leaf blocks under one top block. Each block is damaged in turn, and exactly
 * what depends on it must be refused.
 */
describe('corruption of each block in turn', () => {
  const BLOCKS = 300;
  const image = sampleImage(BLOCKS);
  const { tree, rootHash } = buildVerityTree(image, { salt: SALT, uuid: UUID });

  test('nothing is refused while nothing is damaged', () => assert.deepEqual(verifyVerity(image, tree, rootHash), []));

  test('every data block: that block alone is refused', () => {
    for (let block = 0; block < BLOCKS; block++) {
      const at = block * VERITY_BLOCK_BYTES + ((block * 977) % VERITY_BLOCK_BYTES);
      image[at]! ^= 1;
      assert.deepEqual(verifyVerity(image, tree, rootHash), [
        { where: 'data', first: block, count: 1, why: 'mismatch' },
      ]);
      image[at]! ^= 1;
    }
  });

  test('every leaf block: it and all data under it are refused', () => {
    for (const [leaf, firstData, count] of [
      [2, 0, 128],
      [3, 128, 128],
      [4, 256, 44],
    ] as const) {
      for (const offset of [0, 31, 1500, VERITY_BLOCK_BYTES - 1]) {
        const at = leaf * VERITY_BLOCK_BYTES + offset;
        tree[at]! ^= 0x80;
        assert.deepEqual(verifyVerity(image, tree, rootHash), [
          { where: 'tree', first: leaf, count: 1 },
          { where: 'data', first: firstData, count, why: 'unverifiable' },
        ]);
        tree[at]! ^= 0x80;
      }
    }
  });

  test('the top block: everything is refused', () => {
    for (const offset of [0, 95, 96, VERITY_BLOCK_BYTES - 1]) {
      const at = VERITY_BLOCK_BYTES + offset;
      tree[at]! ^= 4;
      assert.deepEqual(verifyVerity(image, tree, rootHash), [
        { where: 'tree', first: 1, count: 4 },
        { where: 'data', first: 0, count: BLOCKS, why: 'unverifiable' },
      ]);
      tree[at]! ^= 4;
    }
  });

  test('the superblock: salt and block count cannot change unseen', () => {
    for (let at = 0; at < SUPERBLOCK_BYTES; at++) {
      if (at >= 16 && at < 32) continue; // the UUID names the tree and protects nothing
      tree[at]! ^= 2;
      let refused = false;
      try {
        refused = verifyVerity(image, tree, rootHash).length > 0;
      } catch (error) {
        refused = (error as { code?: string }).code === 'image-corrupt';
      }
      assert.ok(refused, `superblock byte ${at}`);
      tree[at]! ^= 2;
    }
  });

  test('another root hash: everything is refused', () => {
    const [first] = verifyVerity(image, tree, sha256('another'));
    assert.deepEqual(first, { where: 'tree', first: 1, count: 4 });
  });
});
