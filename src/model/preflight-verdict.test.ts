import assert from 'node:assert/strict';
import test from 'node:test';
import type { TrialResult } from './preflight-report.ts';
import { preflightVerdict } from './preflight-verdict.ts';

const trial = (outcome: TrialResult['outcome']): TrialResult => ({ name: 'boot', outcome, reason: '', seconds: 1 });

for (const [outcomes, skipped, verdict] of [
  [['passed', 'passed'], undefined, 'passed'],
  [['passed', 'not-applicable'], undefined, 'passed'],
  [['passed', 'failed'], undefined, 'failed'],
  [['not-applicable'], undefined, 'failed'],
  [[], undefined, 'failed'],
  [[], 'the laboratory burns', 'skipped'],
  [['failed'], 'we know', 'skipped'],
] as const) {
  test(`${outcomes.join(', ') || 'nothing tried'}${skipped === undefined ? '' : ', skipped'}: ${verdict}`, () => {
    assert.equal(preflightVerdict({ trials: outcomes.map(trial), skipped }), verdict);
  });
}
