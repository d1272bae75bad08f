import type { TimedProgram } from '../timed-program.ts';
import type { Series } from '../topic.ts';

/** Runs of a program as a series of seconds. */
export function timings(name: string, ours: boolean, runs: readonly TimedProgram[]): Series {
  return {
    name,
    ours,
    values: runs.map(({ seconds }) => seconds),
    cpuSeconds: runs.map(({ cpuSeconds }) => cpuSeconds),
  };
}
