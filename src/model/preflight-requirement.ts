import * as z from 'zod';
import type { PreflightReport } from './preflight-report.ts';

/** The trials of a preflight, in the order in which a person reads them. The names are stable: attestations have them. */
export const PREFLIGHT_TRIALS = ['boot', 'update', 'unhealthy', 'corrupted', 'power-cut', 'rollback'] as const;

/** What a channel asks of the preflight of its releases. */
export const preflightRequirementSchema = z
  .enum(['required', 'boot', 'not-required'])
  .describe('`required`: every trial that can be made has passed; `boot`: that one has, at least');

export type PreflightRequirement = z.infer<typeof preflightRequirementSchema>;

const ASKED_FOR: Readonly<Record<PreflightRequirement, readonly string[]>> = {
  required: PREFLIGHT_TRIALS,
  boot: ['boot'],
  'not-required': [],
};

/** The trials that `requirement` asks for and that were not made, because somebody asked for others (`--trial`): nobody knows how they would have gone. */
export function trialsLeftOut(
  { trials }: Pick<PreflightReport, 'trials'>,
  requirement: PreflightRequirement = 'required',
): readonly string[] {
  const made = new Set(trials.map(({ name }) => name));
  return ASKED_FOR[requirement].filter((name) => !made.has(name));
}
