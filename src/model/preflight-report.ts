import { z } from 'zod';
import { isSha256, type Sha256 } from './digest.ts';

/** More trials than there will ever be. */
const MAX_TRIALS = 64;
/** A reason is a sentence or two, or the last lines of a console. */
export const MAX_REASON_CHARACTERS = 4096;

const digest = z.custom<Sha256>(
  (value) => typeof value === 'string' && isSha256(value),
  'must be a SHA-256: 64 lower-case hexadecimal digits',
);
const name = z
  .string()
  .max(32)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);
const version = z
  .string()
  .max(32)
  .regex(/^[A-Za-z0-9][A-Za-z0-9.~^-]*$/);
const reason = z.string().max(MAX_REASON_CHARACTERS);

export const trialResultSchema = z.strictObject({
  name: z
    .string()
    .max(64)
    .regex(/^[a-z][a-z0-9-]*$/)
    .describe('Which trial, e.g. `update`'),
  outcome: z
    .enum(['passed', 'failed', 'not-applicable'])
    .describe('`not-applicable`: it could not be tried, e.g. because there is no release before'),
  reason: reason.describe('What was seen, in words'),
  seconds: z.number().min(0).describe('How long it took'),
  log: z
    .strictObject({ sha256: digest, size: z.int().min(0) })
    .optional()
    .describe('What the machine said on its serial port: a file beside the attestation, an object of the repository'),
});

/** What came of one trial of a release. */
export type TrialResult = z.infer<typeof trialResultSchema>;

/** What came of a preflight: a release was tried in virtual machines before it is given to devices, or somebody said why not. */
export const preflightReportSchema = z.strictObject({
  release: z.strictObject({ name, version, manifest: digest.describe('SHA-256 of its manifest.json') }),
  previous: z
    .strictObject({ version, manifest: digest })
    .optional()
    .describe('The release that devices have now, which was updated from'),
  finished: z.int().min(0).describe('When, in seconds since 1970'),
  trials: z.array(trialResultSchema).max(MAX_TRIALS),
  skipped: reason
    .min(1)
    .optional()
    .describe('Why it is to be published without having passed, in the words of who decided so'),
});

export type PreflightReport = z.infer<typeof preflightReportSchema>;
