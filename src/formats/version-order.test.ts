import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareVersions } from './version-order.ts';

/** Each list goes from the oldest to the newest: the examples of the specification and the shapes that releases have. */
const ASCENDING: readonly (readonly string[])[] = [
  ['', '0', '1'],
  ['~', ''],
  ['11α', '11.1'],
  [
    '122.1',
    '123~rc1-1',
    '123',
    '123-a',
    '123-a.1',
    '123-1',
    '123-1.1',
    '123^post1',
    '123.a-1',
    '123.1-1',
    '123a-1',
    '124-1',
  ],
  ['1.0~beta1', '1.0~rc1', '1.0~rc2', '1.0', '1.0.1', '1.9', '1.10', '2'],
  ['20260101', '20260101-1', '20260131'],
  ['a', 'b', 'ba', '1'],
];

const SAME: readonly (readonly [string, string])[] = [
  ['1.0', '1.0'],
  ['0123', '123'],
  ['00.1', '0.1'],
  ['1_0', '1+0'],
  ['(123)', '123'],
];

for (const versions of ASCENDING) {
  test(versions.map((version) => JSON.stringify(version)).join(' < '), () => {
    for (const [index, older] of versions.entries()) {
      for (const newer of versions.slice(index + 1)) {
        assert.ok(compareVersions(older, newer) < 0, `${older} < ${newer}`);
        assert.ok(compareVersions(newer, older) > 0, `${newer} > ${older}`);
      }
    }
  });
}

for (const [a, b] of SAME) {
  test(`${a} = ${b}`, () => assert.equal(compareVersions(a, b), 0));
}

test('it is an order', () => {
  const version = fc.string({ unit: fc.constantFrom(...'019ab~-^._'), maxLength: 8 });
  const sign = (a: string, b: string) => Math.sign(compareVersions(a, b));
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.equal(sign(a, a), 0);
      assert.equal(sign(a, b), 0 - sign(b, a));
      if (sign(a, b) <= 0 && sign(b, c) <= 0) assert.ok(sign(a, c) <= 0, 'transitive');
    }),
    { numRuns: 2000 },
  );
});
