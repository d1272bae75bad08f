import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lz4Cutter } from './lz4-cutter.ts';
import { decodeLz4 } from './lz4-decode.ts';

/** Blocks made by hand after the LZ4 Block Format Description. */
const VECTORS: readonly [name: string, block: string, decoded: Buffer][] = [
  ['literals only', '50' + '68656c6c6f', Buffer.from('hello')],
  ['an overlapping match', '1a' + '61' + '0100' + '50' + '6261616161', Buffer.from(`${'a'.repeat(15)}baaaa`)],
  ['15 literals, whose length has an escape of 0', 'f000' + '61'.repeat(15), Buffer.from('a'.repeat(15))],
  ['a long match', '1f' + '62' + '0100' + 'ff05' + '50' + '6364656667', Buffer.from(`${'b'.repeat(280)}cdefg`)],
  ['a match two back', '26' + '7879' + '0200' + '50' + '6162636465', Buffer.from('xyxyxyxyxyxyabcde')],
];

for (const [name, block, decoded] of VECTORS) {
  test(`decodes ${name}`, () => {
    const input = Buffer.from(block, 'hex');
    assert.deepEqual(decodeLz4(input, decoded.length, 'whole'), decoded);
    for (let length = 0; length < decoded.length; length++) {
      assert.equal(decodeLz4(input, length, 'whole'), undefined, `not as ${length} bytes`);
      assert.deepEqual(decodeLz4(input, length, 'prefix'), decoded.subarray(0, length));
    }
    assert.equal(decodeLz4(input, decoded.length + 1, 'whole'), undefined);
    for (let end = 0; end < input.length; end++) {
      assert.equal(decodeLz4(input.subarray(0, end), decoded.length, 'whole'), undefined, `not cut at ${end}`);
    }
  });
}

const REFUSED: readonly [name: string, block: string, length: number][] = [
  ['a match before the beginning', '10' + '61' + '0200' + '50' + '6162636465', 10],
  ['a match at distance 0', '10' + '61' + '0000' + '50' + '6162636465', 10],
  ['a literal length without end', `f0${'ff'.repeat(40)}`, 5000],
  ['a match length without end', `1f610100${'ff'.repeat(40)}`, 5000],
  ['a length that the input cannot have', '50' + '68656c6c6f', 1 << 30],
  ['nothing', '', 1],
];

for (const [name, block, length] of REFUSED) {
  test(`refuses ${name}`, () => assert.equal(decodeLz4(Buffer.from(block, 'hex'), length, 'whole'), undefined));
}

test('decodes what the encoder writes', () => {
  const runs = fc.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 60 })));
  fc.assert(
    fc.property(runs, (parts) => {
      const input = Buffer.concat(parts.flatMap(([bytes, times]) => Array.from({ length: times }, () => bytes)));
      fc.pre(input.length > 0);
      assert.deepEqual(decodeLz4(lz4Cutter().compress(input).bytes, input.length, 'whole'), input);
    }),
  );
});

test('survives any input', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 4096 }), (input, length) => {
      const decoded = decodeLz4(input, length, 'prefix');
      assert.ok(decoded === undefined || decoded.length === length);
    }),
  );
});
