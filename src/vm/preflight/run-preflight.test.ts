import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { writeSampleRelease } from '../../build/publish/sample-release.fixture.ts';
import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { preflightReportSchema } from '../../model/preflight-report.ts';
import { preflightVerdict } from '../../model/preflight-verdict.ts';
import { runPreflight, type TrialEvent } from './run-preflight.ts';
import type { Trial } from './trial.ts';
import { TrialFailure } from './trial-failure.ts';

const trial = (name: string, run: Trial['run'], obstacle: Trial['obstacle'] = () => undefined): Trial => ({
  name,
  title: `it does ${name}`,
  obstacle,
  run,
});

async function preflight(t: TestContext, trials: readonly Trial[], more: { jobs?: number; signal?: AbortSignal } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'preflight-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { directory, manifest } = writeSampleRelease(join(folder, 'out'), '2.0.0', ['a', 'b']);
  const [scratch, logs] = [join(folder, 'scratch'), join(folder, 'logs')];
  for (const each of [scratch, logs]) mkdirSync(each);
  const digest = sha256(readFileSync(join(directory, 'manifest.json')));
  const events: TrialEvent[] = [];
  const report = await runPreflight({
    release: { directory, manifest, digest, updates: undefined },
    previous: undefined,
    repository: undefined,
    trials,
    jobs: 2,
    seed: 7,
    scratch,
    logs,
    tell: (event) => events.push(event),
    now: () => new Date('2030-01-01T00:00:00Z'),
    ...more,
  });
  return { report, events, logs, scratch };
}

test('every trial is made and reported in its place, and its machine’s words are kept', async (t) => {
  const { report, events, logs, scratch } = await preflight(t, [
    trial('good', async ({ log }) => {
      writeFileSync(log, 'it spoke\n');
      return 'it came up';
    }),
    trial('bad', async () => {
      throw new TrialFailure('it did not');
    }),
    trial('mute', async () => {
      throw new AshlarError('guest-silent', 'Nothing was heard.', { hint: 'Listen.' });
    }),
    trial(
      'none',
      async () => 'never',
      ({ previous }) => (previous === undefined ? 'there is none before' : undefined),
    ),
  ]);
  assert.deepEqual(preflightReportSchema.parse(report), report);
  assert.deepEqual(
    report.trials.map(({ name, outcome, reason }) => [name, outcome, reason]),
    [
      ['good', 'passed', 'it came up'],
      ['bad', 'failed', 'it did not'],
      ['mute', 'failed', 'Nothing was heard.'],
      ['none', 'not-applicable', 'there is none before'],
    ],
  );
  assert.equal(preflightVerdict(report), 'failed');
  assert.equal(report.finished, 1_893_456_000);
  assert.equal(readFileSync(join(logs, 'good.log'), 'utf8'), 'it spoke\n');
  assert.deepEqual(report.trials[0]?.log, { sha256: sha256('it spoke\n'), size: 9 });
  assert.deepEqual(readdirSync(scratch), [], 'nothing of the machines is left');
  assert.equal(events.filter(({ event }) => event === 'trial-started').length, 3);
  assert.equal(events.filter(({ event }) => event === 'trial-ended').length, 4);
});

test('no more trials run at once than there are jobs', async (t) => {
  let running = 0;
  let most = 0;
  const busy = async (): Promise<string> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return 'done';
  };
  const trials = ['a', 'b', 'c', 'd', 'e'].map((name) => trial(name, busy));
  await preflight(t, trials, { jobs: 2 });
  assert.equal(most, 2);
});

test('what says nothing about the release ends the preflight, and the other trials with it', async (t) => {
  let stopped = false;
  const trials = [
    trial('waits', ({ signal }) => {
      const { promise, reject } = Promise.withResolvers<string>();
      signal?.addEventListener('abort', () => {
        stopped = true;
        reject(signal.reason);
      });
      return promise;
    }),
    trial('breaks', async () => {
      throw new AshlarError('disk-full', 'No space is left.', { hint: 'Make some.' });
    }),
  ];
  await assert.rejects(preflight(t, trials), { code: 'disk-full' });
  assert.ok(stopped);
});

test('it can be interrupted', async (t) => {
  const stop = new AbortController();
  const waits = trial('waits', ({ signal }) => {
    const { promise, reject } = Promise.withResolvers<string>();
    signal?.addEventListener('abort', () => reject(new Error('the machine is gone')));
    stop.abort(new AshlarError('interrupted', 'Enough.', { hint: 'Again.' }));
    return promise;
  });
  await assert.rejects(preflight(t, [waits], { signal: stop.signal }), { code: 'interrupted' });
});
