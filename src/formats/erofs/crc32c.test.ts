import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c } from './crc32c.ts';

test('the vectors of RFC 3720 appendix B.4', () => {
  const inverted = (bytes: Uint8Array): string => ((~crc32c(0xffffffff, bytes) >>> 0) as number).toString(16);
  assert.equal(inverted(new Uint8Array(32)), '8a9136aa');
  assert.equal(inverted(new Uint8Array(32).fill(0xff)), '62a8ab43');
  assert.equal(inverted(Uint8Array.from({ length: 32 }, (_, i) => i)), '46dd794e');
  assert.equal(inverted(Buffer.from('123456789')), 'e3069283');
});

test('may be computed in parts', () => {
  const bytes = Buffer.from('the quick brown fox');
  const whole = crc32c(0xffffffff, bytes);
  assert.equal(crc32c(crc32c(0xffffffff, bytes.subarray(0, 7)), bytes.subarray(7)), whole);
});
