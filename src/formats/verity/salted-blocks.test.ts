import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashBlocks } from './hash-blocks.ts';
import { hashSaltedBlocks, saltedBlocks } from './salted-blocks.ts';

for (const saltBytes of [0, 1, 32, 256]) {
  test(`blocks read in place have the digests of blocks that are copied (salt of ${saltBytes} bytes)`, () => {
    const salt = Buffer.alloc(saltBytes, 7);
    const image = Buffer.alloc(3 * 4096, 'some content ');
    const room = saltedBlocks(salt, 5);
    for (const [index, block] of room.blocks.slice(0, 3).entries()) image.copy(block, 0, index * 4096);
    const [expected, actual] = [Buffer.alloc(160, 1), Buffer.alloc(160, 1)];
    hashBlocks(image, salt, expected, 32);
    hashSaltedBlocks(room, 3, actual, 32);
    assert.deepEqual(actual, expected);
  });
}
