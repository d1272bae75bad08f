import assert from 'node:assert/strict';
import test from 'node:test';
import { PREFLIGHT_TRIALS } from '../../model/preflight-requirement.ts';
import { TRIALS } from './trials.ts';

test('what channels ask for is what can be tried', () => {
  assert.deepEqual(
    TRIALS.map(({ name }) => name),
    PREFLIGHT_TRIALS,
  );
});
