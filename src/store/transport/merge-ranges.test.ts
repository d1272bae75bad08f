import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergeRanges } from './merge-ranges.ts';
import type { ByteRange } from './repository-reader.ts';

test('neighbours within the gap become one', () => {
  const range = (offset: number, length: number): ByteRange => ({ offset, length });
  assert.deepEqual(mergeRanges([range(0, 10), range(10, 5), range(25, 5), range(41, 1)], 10), [
    range(0, 30),
    range(41, 1),
  ]);
  assert.deepEqual(mergeRanges([range(5, 0), range(9, 1)], 0), [range(9, 1)]);
  assert.deepEqual(mergeRanges([], 10), []);
  assert.throws(() => mergeRanges([range(0, 10), range(9, 1)], 0), RangeError);
  assert.throws(() => mergeRanges([range(10, 10), range(0, 1)], 0), RangeError);
});

test('all that is wanted is asked for, and no gap larger than allowed', () => {
  const steps = fc.array(fc.tuple(fc.nat({ max: 50 }), fc.integer({ min: 1, max: 50 })), { maxLength: 20 });
  fc.assert(
    fc.property(steps, fc.nat({ max: 30 }), (each, gap) => {
      let at = 0;
      const ranges = each.map(([before, length]) => {
        const offset = at + before;
        at = offset + length;
        return { offset, length };
      });
      const merged = mergeRanges(ranges, gap);
      const ends = ({ offset, length }: ByteRange): number => offset + length;
      for (const range of ranges) {
        assert.ok(merged.some((one) => one.offset <= range.offset && ends(one) >= ends(range)));
      }
      for (const [index, one] of merged.entries())
        assert.ok(index === 0 || one.offset - ends(merged[index - 1]!) > gap);
      const wanted = ranges.reduce((sum, { length }) => sum + length, 0);
      const asked = merged.reduce((sum, { length }) => sum + length, 0);
      assert.ok(asked - wanted <= gap * Math.max(0, ranges.length - 1));
    }),
  );
});
