import * as z from 'zod';

/** What a person's words to the agent may be long. */
const text = z.string().max(1024);

export const updateRequestSchema = z.strictObject({
  /**
   * `check`: only look. `download`: install beside what runs, and hold it. `install`: the same, and restart when that may be. `now`: restart
   * without waiting for window and logins.
   */
  mode: z.enum(['check', 'download', 'install', 'now']),
  /** A directory or URL to take the release from, instead of the configured repositories. */
  from: text.optional(),
  /** Why expired metadata are let pass. */
  allowExpired: text.min(1).optional(),
  /** A version that was set aside and may be tried again. */
  again: text.optional(),
});

export type UpdateRequest = z.infer<typeof updateRequestSchema>;

export const rollbackRequestSchema = z.strictObject({ to: text.optional(), reason: text.optional() });
export const pinRequestSchema = z.strictObject({ version: text.optional(), reason: text.optional() });

const reason = z.strictObject({ code: z.string(), message: z.string() });

const bytes = z.number().min(0);

/** What an update would do, before it is done. */
export const updatePlanSchema = z.strictObject({
  slot: z.number().describe('Where it goes'),
  fetchBytes: bytes.optional().describe('What comes over the network; absent when that was not found out'),
  copyBytes: bytes.optional().describe('What of the system other slots of this device hold already'),
  space: z
    .array(z.strictObject({ place: z.string(), neededBytes: bytes, freeBytes: bytes }))
    .describe('What it takes, and what is there for it'),
  removes: z
    .array(z.strictObject({ path: z.string(), bytes, why: z.string() }))
    .describe('Files of the EFI system partition that go before it'),
  steps: z.array(z.string()).describe('What is done, in order'),
});

export type UpdatePlan = z.infer<typeof updatePlanSchema>;

/** What an update came to, as far as the one who asked waits for it. */
export const updateOutcomeSchema = z.strictObject({
  outcome: z.enum(['nothing-newer', 'available', 'staged', 'armed', 'restarting', 'refused', 'set-aside', 'failed']),
  version: z.string().optional().describe('The release that it is about'),
  words: z.string(),
  reasons: z.array(reason).describe('Why it is refused, has failed or waits'),
  plan: updatePlanSchema.optional().describe('With `--check`: what would be done'),
});

export type UpdateOutcome = z.infer<typeof updateOutcomeSchema>;

/** One line of the answer to an update or a rollback: how it goes, and at last what it came to. */
export const updateLineSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('phase'), summary: z.string() }),
  z.strictObject({ kind: z.literal('progress'), activity: z.string(), done: z.number(), total: z.number() }),
  z.strictObject({ kind: z.literal('end'), ...updateOutcomeSchema.shape }),
]);

export type UpdateLine = z.infer<typeof updateLineSchema>;

/** One precondition of an update, looked at now. */
export const examinationSchema = z.strictObject({
  name: z.string().describe('Stable name of the check'),
  about: z.string().describe('What is looked at'),
  verdict: z.enum(['good', 'bad', 'unknown']),
  message: z.string().describe('What was found'),
  hint: z.string().optional().describe('What to do about it'),
});

export type Examination = z.infer<typeof examinationSchema>;

export const doctorReportSchema = z.strictObject({ healthy: z.boolean(), examinations: z.array(examinationSchema) });

/** What the agent answers instead when it cannot. */
export const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string() }) });

/** Where what is asked. */
export const ROUTES = {
  status: '/v1/status',
  history: '/v1/history',
  doctor: '/v1/doctor',
  update: '/v1/update',
  rollback: '/v1/rollback',
  pin: '/v1/pin',
  unpin: '/v1/unpin',
} as const;
