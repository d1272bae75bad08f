import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spreadOf } from './spread.ts';

const CASES: readonly (readonly [values: readonly number[], median: number, least: number, most: number])[] = [
  [[3], 3, 3, 3],
  [[3, 1], 2, 1, 3],
  [[10, 9, 1], 9, 1, 10],
  [[4, 1, 3, 2], 2.5, 1, 4],
];

for (const [values, median, least, most] of CASES) {
  test(`spread of ${values.join(', ')}`, () => assert.deepEqual(spreadOf(values), { median, least, most }));
}

test('nothing has no spread', () => assert.throws(() => spreadOf([]), RangeError));
