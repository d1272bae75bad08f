import type { PreflightReport } from './preflight-report.ts';

/** What a preflight says of its release: `skipped` is a person's decision against or without a result. */
export type PreflightVerdict = 'passed' | 'failed' | 'skipped';

/** A release passes when something was tried and nothing failed; trials that could not be made do not count for or against it. */
export function preflightVerdict({ trials, skipped }: Pick<PreflightReport, 'trials' | 'skipped'>): PreflightVerdict {
  if (skipped !== undefined) return 'skipped';
  const failed = trials.some(({ outcome }) => outcome === 'failed');
  return !failed && trials.some(({ outcome }) => outcome === 'passed') ? 'passed' : 'failed';
}
