import assert from 'node:assert/strict';
import test from 'node:test';
import type { HealthRules } from './health-rules.ts';
import { beginHealth, seeSample } from './health-watch.ts';
import { type HealthVerdict, judgeHealth } from './judge-health.ts';

const SECOND = 1000;
const RULE = { successes: 3, interval: 10 * SECOND, timeout: 5 * SECOND };
const RULES: HealthRules = {
  grace: 60 * SECOND,
  duration: 120 * SECOND,
  deadline: 600 * SECOND,
  checks: { web: RULE },
};

/** Tries every check every ten seconds from the start, until the verdict is there; `passes` says how a try ends. */
function judged(
  rules: HealthRules,
  passes: (check: string, at: number) => boolean,
): { verdict: HealthVerdict; at: number } {
  let watch = beginHealth(rules);
  for (let at = 0; at <= rules.deadline; at += 10 * SECOND) {
    for (const check of Object.keys(rules.checks)) {
      const passed = passes(check, at);
      watch = seeSample(watch, { check, at, passed, output: passed ? 'fine' : `broken at ${at / SECOND} s` });
    }
    const verdict = judgeHealth(watch, at);
    if (verdict.kind !== 'pending') return { verdict, at };
  }
  assert.fail('the deadline has a verdict');
}

function summary({ verdict }: { verdict: HealthVerdict }): string {
  return verdict.kind === 'failed' ? verdict.cause.summary : verdict.kind;
}

test('holds when the tries in a row, and then the window, have passed', () => {
  assert.deepEqual(
    judged(RULES, () => true),
    { verdict: { kind: 'held' }, at: 140 * SECOND },
  );
});

test('without checks the window alone is waited for', () => {
  assert.deepEqual(
    judged({ ...RULES, checks: {} }, () => true),
    { verdict: { kind: 'held' }, at: 120 * SECOND },
  );
});

test('failures during the grace do not count', () => {
  const slow = judged(RULES, (_, at) => at >= 50 * SECOND);
  assert.deepEqual(slow, { verdict: { kind: 'held' }, at: 190 * SECOND });
  const restless = judged(RULES, (_, at) => at >= 60 * SECOND || at % (40 * SECOND) !== 0);
  assert.equal(restless.verdict.kind, 'held');
});

test('one failure begins the window anew', () => {
  assert.deepEqual(
    judged(RULES, (_, at) => at !== 100 * SECOND),
    { verdict: { kind: 'held' }, at: 250 * SECOND },
  );
});

test('a check that never passes fails at the deadline, with what it said last', () => {
  const { verdict, at } = judged(RULES, () => false);
  assert.equal(at, 600 * SECOND);
  assert.ok(verdict.kind === 'failed');
  assert.equal(verdict.cause.kind, 'health');
  assert.equal(verdict.cause.summary, 'health check “web” did not hold by the deadline of 600 s after the start');
  assert.deepEqual(verdict.cause.details, ['web: broken at 600 s']);
});

test('a check that held and then fails for good does not need the deadline', () => {
  const found = judged(RULES, (_, at) => at < 100 * SECOND);
  assert.equal(found.at, 120 * SECOND);
  assert.equal(summary(found), 'health check “web” held, and has failed 3 times in a row since');
});

test('a check that flaps fails', () => {
  const found = judged(RULES, (_, at) => (at / SECOND / 10) % 5 !== 4);
  assert.equal(summary(found), 'health check “web” flaps: it held and failed again 3 times');
});

test('all must hold at the same time', () => {
  const rules = { ...RULES, checks: { web: RULE, disk: RULE } };
  const found = judged(rules, (check, at) => check === 'web' || at >= 300 * SECOND);
  assert.deepEqual(found, { verdict: { kind: 'held' }, at: 440 * SECOND });
});

test('a check whose tries stop coming does not hold', () => {
  let watch = beginHealth(RULES);
  for (let at = 0; at <= 100 * SECOND; at += 10 * SECOND)
    watch = seeSample(watch, { check: 'web', at, passed: true, output: '' });
  assert.equal(judgeHealth(watch, 130 * SECOND).kind, 'pending');
  const late = judgeHealth(watch, 400 * SECOND);
  assert.deepEqual(late.kind === 'pending' && [late.holding, late.of], [0, 1]);
  assert.equal(judgeHealth(watch, 600 * SECOND).kind, 'failed');
});

test('says what is waited for, and when it will be proven', () => {
  const rules = { ...RULES, checks: { web: RULE, disk: RULE } };
  let watch = beginHealth(rules);
  for (const at of [0, 10, 20])
    watch = seeSample(watch, { check: 'web', at: at * SECOND, passed: true, output: 'fine' });
  watch = seeSample(watch, { check: 'disk', at: 20 * SECOND, passed: false, output: 'no such file' });
  const verdict = judgeHealth(watch, 21 * SECOND);
  assert.deepEqual(verdict, {
    kind: 'pending',
    holding: 1,
    of: 2,
    provenAt: undefined,
    waitingFor: ['disk: no such file'],
  });
});

test('a sample of a check that the rules do not have changes nothing', () => {
  const watch = beginHealth(RULES);
  assert.equal(seeSample(watch, { check: 'constructor', at: 0, passed: false, output: '' }), watch);
});
