import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { blockHasher, hashBlocks } from './hash-blocks.ts';
import { DIGEST_BYTES, VERITY_BLOCK_BYTES } from './layout.ts';

const SALT = Buffer.from('0123456789abcdef', 'hex');
const blocks = Buffer.alloc(3 * VERITY_BLOCK_BYTES).map((_, index) => index % 251);
const expected = Buffer.concat(
  [0, 1, 2].map((index) =>
    createHash('sha256')
      .update(SALT)
      .update(blocks.subarray(index * VERITY_BLOCK_BYTES, (index + 1) * VERITY_BLOCK_BYTES))
      .digest(),
  ),
);

test('the digest of a block is SHA-256 of salt and block', () => {
  const digests = Buffer.alloc(expected.length);
  hashBlocks(blocks, SALT, digests);
  assert.deepEqual(digests, expected);
});

test('block after block, wherever the digests go', () => {
  const digests = Buffer.alloc(expected.length + DIGEST_BYTES);
  const hashInto = blockHasher(SALT);
  for (const index of [2, 0, 1]) {
    const block = blocks.subarray(index * VERITY_BLOCK_BYTES, (index + 1) * VERITY_BLOCK_BYTES);
    hashInto(block, digests, (index + 1) * DIGEST_BYTES);
  }
  assert.deepEqual(digests.subarray(DIGEST_BYTES), expected);
  assert.ok(digests.subarray(0, DIGEST_BYTES).every((byte) => byte === 0));
});
