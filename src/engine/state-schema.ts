import * as z from 'zod';
import { isSha256, type Sha256 } from '../model/digest.ts';
import { type DeviceState, INSTALL_STEPS, type Phase } from './device-state.ts';
import { FAILURE_KINDS, type FailureCause } from './failure-cause.ts';

const MAX_TEXT = 4096;
const MAX_ITEMS = 64;
const text = z.string().max(MAX_TEXT);
const sha256 = z.custom<Sha256>((value) => typeof value === 'string' && isSha256(value));
/** Milliseconds since 1970 that a date can show (ECMA-262, “Time Values and Time Range”): others are what damage made of one. */
export const moment = z.number().min(-8.64e15).max(8.64e15);
const count = z.int().min(0);
const slot = count;
const generation = z.object({ name: text, version: text, rootHash: sha256 });
const installed = generation.extend({ slot });
const manifest = z.object({ path: text, length: count, sha256 });
const release = generation.extend({ manifest });
const target = generation.extend({ manifest: manifest.optional() });
const objection = z.object({ code: text, message: text });
const objections = z.array(objection).max(MAX_ITEMS);
const round = z.union([z.literal(1), z.literal(2)]);
const intent = z.enum(['hold', 'arm']);
const attempts = { failures: count, problem: objection.optional() };

/** A cause of a later version is one all the same; its words stay. */
const cause: z.ZodType<FailureCause> = z.object({
  kind: z.enum(FAILURE_KINDS).catch('inconclusive'),
  summary: text,
  details: z.array(text).max(MAX_ITEMS),
});

const proven = z.object({ kind: z.literal('proven'), since: moment });
const refused = z.object({
  kind: z.literal('refused'),
  since: moment,
  target,
  objections,
  tried: z.literal(true).optional(),
});
const staged = z.object({ kind: z.literal('staged'), since: moment, target, slot, intent, round, ...attempts });
const refusals = count.optional();
const armed = z.object({ kind: z.literal('armed'), since: moment, target, slot, round, waiting: objections, refusals });

/** Exactly the phases of {@link Phase}; a test writes and reads each. */
const phase: z.ZodType<Phase> = z.discriminatedUnion('kind', [
  proven,
  refused,
  staged,
  armed,
  z.object({
    kind: z.literal('checking'),
    since: moment,
    by: z.enum(['schedule', 'operator', 'medium']),
    behind: z.discriminatedUnion('kind', [proven, refused, staged, armed]),
  }),
  z.object({
    kind: z.literal('downloading'),
    since: moment,
    target: release,
    slot,
    intent,
    step: z.enum(INSTALL_STEPS),
    misreads: count.default(0),
    ...attempts,
  }),
  z.object({ kind: z.literal('restarting'), since: moment, target, slot, round, refusals }),
  z.object({ kind: z.literal('probation'), since: moment, target, slot, round, start: count }),
  z.object({ kind: z.literal('blessing'), since: moment, target, slot, round, ...attempts }),
  z.object({
    kind: z.literal('rolling-back'),
    since: moment,
    from: installed,
    to: installed,
    cause,
    step: z.enum(['mark-bad', 'restart']),
    returns: count.default(0),
    ...attempts,
  }),
  z.object({ kind: z.literal('rolled-back'), since: moment, failed: generation, cause }),
]);

/**
 * A state as the journal has it. Properties that are not known are dropped. A phase that only a later version knows reads as `proven`: what
 * runs then decides (`booted` takes nothing for proven that is not).
 */
export const deviceStateSchema: z.ZodType<DeviceState> = z.object({
  running: installed,
  proven: installed,
  wayBack: installed.optional(),
  phase: phase.catch({ kind: 'proven', since: 0 }),
  quarantine: z.array(z.object({ generation, cause, since: moment })).max(MAX_ITEMS),
  pin: z.object({ version: text, since: moment, reason: text.optional() }).optional(),
  lastFailure: z.object({ generation, cause, at: moment, report: text.optional() }).optional(),
  checks: z.object({ failures: count, succeeded: moment.optional(), problem: objection.optional() }),
});
