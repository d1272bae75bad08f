import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TRIALS } from '../vm/preflight/trials.ts';
import { trialsLeftOut } from './trials-left-out.ts';

const trial = (name: string) => ({ name, outcome: 'not-applicable' as const, reason: '', seconds: 0 });

test('a trial that could not be made was not left out', () => {
  assert.deepEqual(trialsLeftOut({ trials: TRIALS.map(({ name }) => trial(name)) }), []);
});

test('what nobody asked for was', () => {
  const left = trialsLeftOut({ trials: [trial('boot'), trial('update')] });
  assert.deepEqual(left, ['unhealthy', 'corrupted', 'power-cut', 'rollback']);
});
