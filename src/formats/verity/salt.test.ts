import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSalt } from './salt.ts';

test('hexadecimal digits in either case, or none at all', () => {
  assert.deepEqual(parseSalt('00fFa5'), Buffer.from([0x00, 0xff, 0xa5]));
  assert.deepEqual(parseSalt('-'), Buffer.alloc(0));
  assert.equal(parseSalt('ab'.repeat(256)).length, 256);
});

for (const text of ['', 'a', 'abc', 'xy', '0x12', 'ab cd', 'abzz', 'ab'.repeat(257), '--']) {
  test(`“${text.slice(0, 10)}” is refused`, () => assert.throws(() => parseSalt(text), { code: 'usage' }));
}
