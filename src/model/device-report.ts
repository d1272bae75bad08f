import * as z from 'zod';

const text = z.string();
const moment = z.iso.datetime().describe('UTC');
const bytes = z.int().min(0);
const reason = z.strictObject({
  code: text.describe('Stable name'),
  message: text.describe('In words, with the numbers'),
});
const generation = z.strictObject({
  name: text.describe('IMAGE_ID'),
  version: text.describe('IMAGE_VERSION'),
  rootHash: text.describe('dm-verity root hash of the image'),
});
const cause = z.strictObject({
  kind: text.describe('panic, watchdog, initrd, health, deadline, inconclusive, rotten or operator'),
  summary: text,
  details: z.array(text).describe('What was seen: last lines of the kernel’s log, output of a check'),
});

const heldGeneration = generation.extend({
  slot: z.int().min(0),
  standing: z
    .enum(['proven', 'probation', 'staged', 'armed', 'failed', 'set-aside', 'unfinished'])
    .describe('set-aside: by a person; unfinished: nothing starts it'),
  running: z.boolean(),
  next: z.boolean().describe('What the boot loader would start now'),
  triesLeft: z.int().min(0).optional().describe('Of its boot entry, while that is counted'),
});

const consideration = z.strictObject({
  version: text,
  verdict: text.describe('chosen, or the stable name of why not'),
  words: text,
});

export const historyItemSchema = z.strictObject({
  at: moment,
  what: z.enum([
    'update-began',
    'staged',
    'armed',
    'started',
    'proven',
    'refused',
    'going-back',
    'rolled-back',
    'crashed',
    'pinned',
    'unpinned',
  ]),
  version: text.describe('The version that it is about'),
  words: text,
});

/** Something that happened to a device. */
export type HistoryItem = z.infer<typeof historyItemSchema>;

/** What a device tells of itself: `ashlar status --json` on it, and the report to its fleet. */
export const deviceReportSchema = z.strictObject({
  format: z.literal('ashlar-device-report/1'),
  at: moment,
  bootId: text,
  summary: text.describe('Where the device is, in a sentence'),
  running: generation,
  verified: z.strictObject({
    root: z.boolean().describe('The kernel checks every block of the root when it is read'),
    bootChain: z
      .enum(['enforced', 'not-enforced', 'unknown'])
      .describe('Whether the firmware starts only what is signed (Secure Boot)'),
  }),
  phase: z
    .enum([
      'proven',
      'refused',
      'checking',
      'downloading',
      'staged',
      'armed',
      'restarting',
      'probation',
      'blessing',
      'rolling-back',
      'rolled-back',
    ])
    .describe('docs/development/update-states.md has the diagram'),
  since: moment,
  generations: z.array(heldGeneration).describe('What the slots hold'),
  wayBack: generation.optional().describe('Where `ashlar rollback` goes'),
  target: generation.optional().describe('What is being installed, waits for its start, or proves itself'),
  progress: z
    .strictObject({ activity: text, done: bytes, total: bytes })
    .optional()
    .describe('Of the work that goes on, in bytes'),
  waiting: z.array(reason).describe('Why what is next has not been done yet'),
  next: text.describe('What the device does next, and when or why not'),
  updates: z
    .strictObject({
      repositories: z.array(text),
      channel: text,
      lastAnswer: moment.optional().describe('When the repository last gave a verified answer'),
      nextCheck: moment.optional(),
      problem: reason.optional().describe('Why the last check failed'),
      metadataExpires: moment.optional(),
    })
    .optional()
    .describe('Absent when no repository is configured'),
  considered: z.array(consideration).describe('The releases of the channel, and why each is or is not the one'),
  pin: z.strictObject({ version: text, since: moment, reason: text.optional() }).optional(),
  quarantine: z.array(z.strictObject({ generation, cause, since: moment })),
  lastFailure: z
    .strictObject({
      generation,
      cause,
      at: moment,
      report: text.optional().describe('File in /var/lib/ashlar/reports'),
    })
    .optional(),
  health: z
    .strictObject({ holding: z.int(), of: z.int(), provenAt: moment.optional(), waitingFor: z.array(text) })
    .optional()
    .describe('Of a generation on probation'),
  history: z.array(historyItemSchema).describe('Newest first, the last few'),
  warnings: z.array(reason).describe('What is not as it should be, although nothing has failed'),
});

export type DeviceReport = z.infer<typeof deviceReportSchema>;
