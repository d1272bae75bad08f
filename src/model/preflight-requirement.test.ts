import assert from 'node:assert/strict';
import test from 'node:test';
import { PREFLIGHT_TRIALS, trialsLeftOut } from './preflight-requirement.ts';

const report = (...names: readonly string[]) => ({
  trials: names.map((name) => ({ name, outcome: 'passed' as const, reason: '', seconds: 1 })),
});

test('every trial is asked for, or boot, or none', () => {
  assert.deepEqual(trialsLeftOut(report('boot', 'power-cut')), ['update', 'unhealthy', 'corrupted', 'rollback']);
  assert.deepEqual(trialsLeftOut(report(...PREFLIGHT_TRIALS), 'required'), []);
  assert.deepEqual(trialsLeftOut(report('update'), 'boot'), ['boot']);
  assert.deepEqual(trialsLeftOut(report('boot'), 'boot'), []);
  assert.deepEqual(trialsLeftOut(report(), 'not-required'), []);
});
