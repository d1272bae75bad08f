import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Goal } from './topic.ts';
import { verdicts } from './verdict.ts';

const SERIES = [
  { name: 'ours', ours: true, values: [2, 1, 3] },
  { name: 'theirs', ours: false, values: [20, 30, 10] },
];

const CASES: readonly (readonly [goal: Goal, figure: number, met: boolean])[] = [
  [{ kind: 'value', series: 'ours', atMost: 2 }, 2, true],
  [{ kind: 'value', series: 'ours', atMost: 1.9 }, 2, false],
  [{ kind: 'share', series: 'ours', of: 'theirs', atMost: 0.1 }, 0.1, true],
  [{ kind: 'share', series: 'ours', of: 'theirs', atMost: 0.09 }, 0.1, false],
  [{ kind: 'speedup', series: 'ours', over: 'theirs', atLeast: 10 }, 10, true],
  [{ kind: 'speedup', series: 'ours', over: 'theirs', atLeast: 11 }, 10, false],
];

for (const [goal, figure, met] of CASES) {
  test(`${goal.kind} of ${figure} against ${'atMost' in goal ? goal.atMost : goal.atLeast}`, () => {
    const [verdict] = verdicts({ series: SERIES, goals: [goal] });
    assert.equal(verdict?.figure, figure);
    assert.equal(verdict.met, met);
  });
}

test('a goal about a series that is not there is a mistake', () => {
  assert.throws(() => verdicts({ series: SERIES, goals: [{ kind: 'value', series: 'nobody', atMost: 1 }] }), TypeError);
});
