import type { PreflightReport } from '../model/preflight-report.ts';
import { TRIALS } from '../vm/preflight/trials.ts';

/** The trials that a preflight did not make, because somebody asked for others (`--trial`): it may have passed all the same, and nobody has seen these. */
export function trialsLeftOut({ trials }: Pick<PreflightReport, 'trials'>): string[] {
  const made = new Set(trials.map(({ name }) => name));
  return TRIALS.map(({ name }) => name).filter((name) => !made.has(name));
}
