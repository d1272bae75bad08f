import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wholeNumber } from './whole-number.ts';

test('numbers as people type them, and nothing else', () => {
  const port = wholeNumber(1, 65_535);
  for (const [text, number] of [
    ['1', 1],
    ['080', 80],
    ['65535', 65_535],
  ] as const)
    assert.equal(port.parse(text), number);
  for (const text of ['', ' ', '0', '65536', '-1', '1.5', '1e3', '0x10', 'many', '1234567890', undefined]) {
    const { success, error } = port.safeParse(text);
    assert.equal(success, false, String(text));
    if (text !== undefined) assert.equal(error?.issues[0]?.message, 'must be a whole number from 1 to 65535');
  }
});
