import { type FailureCause, failureCause } from '../failure-cause.ts';
import type { CheckRule } from './health-rules.ts';
import type { CheckWatch, HealthWatch } from './health-watch.ts';

/** A check that has held and failed so often flaps: that it holds now says nothing. */
export const MAX_RELAPSES = 3;
/** A check that was not tried for so many of its turns is not known to hold. */
const MAX_TURNS_MISSED = 2;

export type HealthVerdict =
  /** Not decided; `holding` of `of` checks hold now, and if they go on all is proven at `provenAt`. */
  | {
      readonly kind: 'pending';
      readonly holding: number;
      readonly of: number;
      readonly provenAt?: number | undefined;
      /** Name and last output of each check that does not hold. */
      readonly waitingFor: readonly string[];
    }
  | { readonly kind: 'held' }
  | { readonly kind: 'failed'; readonly cause: FailureCause };

/**
 * The verdict at `now` (milliseconds since the machine was started). Held: every check has held for the whole window. Failed: one
 * flaps; or one that held has since failed as often in a row as it must pass; or the deadline has passed.
 */
export function judgeHealth(watch: HealthWatch, now: number): HealthVerdict {
  const { rules } = watch;
  const checks = Object.entries(rules.checks).map(([name, rule]) => ({ name, rule, seen: watch.checks[name] }));
  for (const { name, rule, seen } of checks) {
    const words = seen && whyBroken(seen, rule);
    if (words !== undefined)
      return { kind: 'failed', cause: failureCause('health', `health check “${name}” ${words}`, lines(seen)) };
  }
  const holding = checks.filter(({ rule, seen }) => seen !== undefined && holds(seen, rule, now));
  const others = checks.filter((check) => !holding.includes(check));
  const provenAt = Math.max(0, ...holding.map(({ seen }) => seen?.holdsSince ?? now)) + rules.duration;
  if (others.length === 0 && now >= provenAt) return { kind: 'held' };
  if (now >= rules.deadline) {
    const [first] = others;
    const limit = `the deadline of ${seconds(rules.deadline)} after the start`;
    const words =
      first === undefined
        ? `health did not hold for ${seconds(rules.duration)} by ${limit}`
        : `health check “${first.name}” did not hold by ${limit}`;
    return {
      kind: 'failed',
      cause: failureCause(
        'health',
        words,
        others.flatMap(({ name, seen }) => lines(seen).map((line) => `${name}: ${line}`)),
      ),
    };
  }
  const waitingFor = others.map(({ name, seen }) => `${name}: ${lines(seen).at(-1) ?? ''}`);
  return {
    kind: 'pending',
    holding: holding.length,
    of: checks.length,
    provenAt: others.length === 0 ? provenAt : undefined,
    waitingFor,
  };
}

function whyBroken({ relapses, failures }: CheckWatch, { successes }: CheckRule): string | undefined {
  if (relapses >= MAX_RELAPSES) return `flaps: it held and failed again ${relapses} times`;
  if (relapses > 0 && failures >= successes) return `held, and has failed ${failures} times in a row since`;
  return undefined;
}

function holds({ holdsSince, lastAt }: CheckWatch, { interval, timeout }: CheckRule, now: number): boolean {
  return holdsSince !== undefined && lastAt !== undefined && now - lastAt <= MAX_TURNS_MISSED * (interval + timeout);
}

function lines(seen: CheckWatch | undefined): string[] {
  return (seen?.lastOutput ?? '').split('\n');
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} s`;
}
