/**
 * `ashlar preflight` on a release that is good: every trial of it passes, and the exit code says so. Those that other machine tests make as well (the story
 * its start, `powercut` the cuts) are left out unless `ASHLAR_TRIALS` is `all` (`npm run test:preflight`).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { ashlarCommand } from '../../scripts/story/ashlar-command.ts';
import { PREFLIGHT_FILES, preflightFolder } from '../../src/build/release/preflight-folder.ts';
import { preflightReportSchema } from '../../src/model/preflight-report.ts';
import { TRIALS } from '../../src/vm/preflight/trials.ts';
import { ownFolder } from './own-folder.ts';
import { updatableReleases } from './updatable-releases.ts';

const MADE_ELSEWHERE = ['boot', 'power-cut'];

/** An ill release is given up after that time, for which one trial waits; a good one proves itself within, also on a busy host. */
const DEADLINE = '6m';

test('a good release passes its trials', async (t) => {
  const { previous, release } = await updatableReleases(DEADLINE);
  const isAll = process.env['ASHLAR_TRIALS'] === 'all';
  const names = TRIALS.map(({ name }) => name).filter((name) => isAll || !MADE_ELSEWHERE.includes(name));
  const words = ['--previous', previous.directory, ...names.flatMap((name) => ['--trial', name])];
  const { status, said } = await ashlarCommand(['preflight', release.directory, ...words], {
    cwd: ownFolder(),
    passphrase: '',
    onLine: (line) => t.diagnostic(line),
  });
  assert.equal(status, 0, said);
  const report = readFileSync(join(preflightFolder(release.directory), PREFLIGHT_FILES.report), 'utf8');
  const { trials } = preflightReportSchema.parse(JSON.parse(report));
  assert.deepEqual(
    trials.map(({ name, outcome }) => `${name}: ${outcome}`),
    names.map((name) => `${name}: passed`),
  );
  for (const { log } of trials) assert.ok(log !== undefined && log.size > 0, 'a trial left no log');
});
