import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeLz4 } from './lz4-decode.ts';
import { cutLz4, findLz4Sequences, writeLz4Block } from './lz4-encode.ts';

/** Few different bytes: matches everywhere, also overlapping ones. */
const repetitive = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 3000, max: 3 }), fc.integer({ min: 1, max: 30 }))
  .map(([bytes, times]) => Buffer.concat(Array.from({ length: times }, () => bytes)));
const input = fc.oneof(
  repetitive,
  fc.uint8Array({ minLength: 1, maxLength: 5000 }).map((bytes) => Buffer.from(bytes)),
);

test('every cut decodes to a prefix, within its limit', () => {
  fc.assert(
    fc.property(input, fc.integer({ min: 2, max: 6000 }), (bytes, limit) => {
      const found = findLz4Sequences(bytes);
      const cut = cutLz4(bytes.length, found, limit);
      assert.ok(cut !== undefined);
      const block = writeLz4Block(bytes, found, cut);
      assert.equal(block.length, cut.bytes);
      assert.ok(block.length <= limit);
      assert.ok(decodeLz4(block, cut.end, 'whole')?.equals(bytes.subarray(0, cut.end)));
    }),
    { numRuns: 300 },
  );
});

test('a cut uses what the limit allows', () => {
  const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, at) => `${at * 7919} `).join(''));
  const found = findLz4Sequences(bytes.subarray(0, 65536));
  for (let limit = 100; limit < 20_000; limit += 97) {
    const cut = cutLz4(65536, found, limit);
    assert.ok(cut !== undefined && limit - cut.bytes < 32, `${limit}: ${cut?.bytes}`);
  }
});

test('blocks end as the format wants: five literals, no match in the last twelve bytes', () => {
  for (let length = 1; length < 40; length++) {
    const bytes = Buffer.alloc(length, 0x61);
    const found = findLz4Sequences(bytes);
    for (let index = 0; index < found.count; index++) {
      assert.ok(found.position[index]! <= length - 12);
      assert.ok(found.position[index]! + found.length[index]! <= length - 5);
    }
  }
});
