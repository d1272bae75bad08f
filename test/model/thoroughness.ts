import type { CrashBounds } from './crash-states.ts';

/**
 * How many crash states a run goes through. `sampled`, in the unit layer: every state that is not drawn at random, and some of those that are.
 * `all`, in the oracle layer (`ASHLAR_CRASH_POINTS=all`): as many as the bounds of each test say.
 */
export const THOROUGHNESS: 'sampled' | 'all' = process.env['ASHLAR_CRASH_POINTS'] === 'all' ? 'all' : 'sampled';

/** Of random states the sample takes one in so many. */
const SAMPLED_EVERY = 5;

/** The bounds of this run, of those that a run of all has. What is enumerated stays whole. */
export function boundsOfRun(all: CrashBounds): CrashBounds {
  if (THOROUGHNESS === 'all') return all;
  return {
    allSubsets: all.allSubsets,
    samples: Math.ceil(all.samples / SAMPLED_EVERY),
    torn: Math.ceil(all.torn / SAMPLED_EVERY),
  };
}
