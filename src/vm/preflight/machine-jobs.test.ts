import assert from 'node:assert/strict';
import test from 'node:test';
import { machineJobs } from './machine-jobs.ts';

for (const [gibibytes, processors, jobs] of [
  [0.5, 8, 1],
  [4, 8, 2],
  [4, 1, 1],
  [64, 4, 4],
] as const) {
  test(`${gibibytes} GiB free and ${processors} processors: ${jobs} at once`, () => {
    assert.equal(machineJobs(gibibytes * 1024 ** 3, processors), jobs);
  });
}
