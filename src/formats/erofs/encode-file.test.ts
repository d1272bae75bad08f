import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import type { Codec } from './codec.ts';
import { encodeFile } from './encode-file.ts';
import { type EncodedFile, MAX_TAIL_BYTES } from './encoded-file.ts';
import { decodeLz4 } from './lz4-decode.ts';
import { BLOCK_BYTES } from './on-disk.ts';

const CODECS: readonly Codec[] = [{ algorithm: 'none' }, { algorithm: 'lz4' }, { algorithm: 'zstd', level: 3 }];

/** Input as files have it: runs of text, of noise and of zeros. */
const input = fc
  .array(
    fc.record({
      kind: fc.constantFrom('text', 'noise', 'zeros'),
      length: fc.oneof(fc.nat(300), fc.nat(9000), fc.nat(80_000)),
      seed: fc.integer(),
    }),
    { maxLength: 5 },
  )
  .map((runs) => Buffer.concat(runs.map(({ kind, length, seed }) => run(kind, length, seed))));

function run(kind: string, length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  if (kind === 'zeros') return bytes;
  let state = seed | 1;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = kind === 'noise' ? state >>> 8 : 0x61 + ((state >>> 8) & 3) * ((state >>> 16) & 3);
  }
  return bytes;
}

/** What the kernel would read, piece by piece. */
function decode({ shape, data, tail }: EncodedFile): Buffer {
  if (shape.form === 'flat') return Buffer.concat([data, tail]).subarray(0, shape.size);
  let block = 0;
  return Buffer.concat(
    shape.pieces.map(({ length, blocks, coding }) => {
      const stored = blocks === 0 ? tail : data.subarray(block * BLOCK_BYTES, (block + blocks) * BLOCK_BYTES);
      block += blocks;
      if (coding === 'plain') return stored.subarray(0, length);
      const compressed = stored.subarray(stored.findIndex((byte) => byte !== 0));
      if (shape.algorithm === 'zstd') return zstdDecompressSync(compressed);
      return decodeLz4(compressed, length, 'whole') ?? assert.fail('not an LZ4 block');
    }),
  );
}

for (const codec of CODECS) {
  describe(codec.algorithm, () => {
    test('decoding gives the file back', () => {
      fc.assert(
        fc.property(input, (bytes) => {
          const encoded = encodeFile(bytes, codec);
          assert.ok(decode(encoded).equals(bytes));
          assert.equal(encoded.shape.size, bytes.length);
          assert.equal(encoded.data.length, encoded.shape.dataBlocks * BLOCK_BYTES);
          assert.equal(encoded.tail.length, encoded.shape.tailBytes);
          assert.ok(encoded.tail.length <= MAX_TAIL_BYTES);
        }),
        { numRuns: 60 },
      );
    });

    test('pieces keep the rules of the index', () => {
      fc.assert(
        fc.property(input, (bytes) => {
          const { shape } = encodeFile(bytes, codec);
          if (shape.form === 'flat') return;
          let start = 0;
          shape.pieces.forEach(({ length, blocks, coding }, at) => {
            const end = start + length;
            const isLast = at === shape.pieces.length - 1;
            const cluster = Math.floor(start / BLOCK_BYTES);
            if (!isLast) assert.ok(Math.floor(end / BLOCK_BYTES) > cluster, 'one head a cluster');
            if (coding === 'plain')
              assert.ok(Math.floor((end - 1) / BLOCK_BYTES) === cluster, 'plain stays in its cluster');
            if (blocks === 0) assert.ok(isLast, 'only the last piece lies behind the inode');
            if (coding === 'compressed' && blocks > 0)
              assert.ok(length > blocks * BLOCK_BYTES, 'compression saves a block');
            assert.ok(length <= 65536);
            start = end;
          });
          assert.equal(start, shape.size);
        }),
        { numRuns: 60 },
      );
    });

    test('the same file has the same encoding', () => {
      const bytes = Buffer.concat([run('text', 200_000, 5), run('noise', 50_000, 6)]);
      assert.deepEqual(encodeFile(bytes, codec), encodeFile(Buffer.from(bytes), codec));
    });
  });
}

test('pieces fill their blocks', () => {
  for (const codec of CODECS.slice(1)) {
    const { shape, data } = encodeFile(run('text', 2_000_000, 9), codec);
    assert.ok(shape.form === 'compressed');
    let unused = 0;
    let block = 0;
    for (const { blocks } of shape.pieces) {
      const stored = data.subarray(block * BLOCK_BYTES, (block + blocks) * BLOCK_BYTES);
      if (blocks > 0) unused += stored.findIndex((byte) => byte !== 0);
      block += blocks;
    }
    assert.ok(unused < data.length / 100, `${codec.algorithm}: ${unused} of ${data.length} bytes unused`);
  }
});

test('what compression does not shorten is stored as it is', () => {
  for (const codec of CODECS) assert.equal(encodeFile(run('noise', 100_000, 3), codec).shape.form, 'flat');
});
