import type { CheckRule, HealthRules, HealthSample } from './health-rules.ts';

/** What is known of the checks of a generation on probation. Immutable: {@link seeSample} gives the next. */
export interface HealthWatch {
  readonly rules: HealthRules;
  readonly checks: Readonly<Record<string, CheckWatch>>;
}

export interface CheckWatch {
  /** Tries passed in a row up to now. */
  readonly passes: number;
  /** Tries failed in a row up to now, after the grace. */
  readonly failures: number;
  /** Since when it holds; undefined: it does not. */
  readonly holdsSince: number | undefined;
  /** How often it held and then failed, after the grace. */
  readonly relapses: number;
  readonly lastAt: number | undefined;
  readonly lastOutput: string;
}

const UNTRIED: CheckWatch = {
  passes: 0,
  failures: 0,
  holdsSince: undefined,
  relapses: 0,
  lastAt: undefined,
  lastOutput: 'it was never tried',
};

/** Nothing has been tried yet. */
export function beginHealth(rules: HealthRules): HealthWatch {
  return { rules, checks: Object.fromEntries(Object.keys(rules.checks).map((name) => [name, UNTRIED])) };
}

/** Takes in one try. A check that the rules do not have is passed over. */
export function seeSample(watch: HealthWatch, sample: HealthSample): HealthWatch {
  const rule = Object.hasOwn(watch.rules.checks, sample.check) ? watch.rules.checks[sample.check] : undefined;
  const check = rule && watch.checks[sample.check];
  if (rule === undefined || check === undefined) return watch;
  const next = sample.passed ? passed(check, rule, sample) : failed(check, sample, watch.rules.grace);
  return { ...watch, checks: { ...watch.checks, [sample.check]: next } };
}

function passed(check: CheckWatch, { successes }: CheckRule, { at, output }: HealthSample): CheckWatch {
  const passes = check.passes + 1;
  const holdsSince = check.holdsSince ?? (passes >= successes ? at : undefined);
  return { ...check, passes, failures: 0, holdsSince, lastAt: at, lastOutput: output };
}

function failed(check: CheckWatch, { at, output }: HealthSample, grace: number): CheckWatch {
  const counts = at >= grace;
  const relapses = check.relapses + Number(counts && check.holdsSince !== undefined);
  const failures = counts ? check.failures + 1 : 0;
  return { ...check, passes: 0, failures, relapses, holdsSince: undefined, lastAt: at, lastOutput: output };
}
