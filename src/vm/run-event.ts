import { z } from 'zod';

const at = z.number().min(0).describe('Seconds since the machine was switched on');
const port = z.int().min(0).max(65535);

/** What `ashlar run --json` prints, one a line, the last an `exit`: the story of a machine from its start to its end. */
export const runEventSchema = z.discriminatedUnion('event', [
  z.strictObject({
    event: z.literal('accelerator'),
    at,
    accelerator: z.enum(['kvm', 'tcg']).describe('`kvm` is the processor itself, `tcg` emulation'),
    reason: z.string(),
  }),
  z.strictObject({
    event: z.literal('started'),
    at,
    forwards: z.array(z.strictObject({ host: port, guest: port })).describe('TCP ports of the host’s loopback address'),
  }),
  z.strictObject({
    event: z.enum(['firmware', 'loader', 'kernel', 'initrd', 'userspace']),
    at,
  }),
  z.strictObject({
    event: z.literal('ready'),
    at,
    seconds: z.number().describe('From the machine’s start, or its last reset'),
    name: z.string(),
    version: z.string(),
    verified: z.boolean().describe('The root is under dm-verity'),
    readOnly: z.boolean(),
    bootChainEnforced: z.boolean().describe('Secure Boot checked loader and boot image'),
  }),
  z.strictObject({ event: z.literal('keys-enrolled'), at }),
  z.strictObject({ event: z.literal('panic'), at, reason: z.string() }),
  z.strictObject({ event: z.literal('boot-failed'), at, reason: z.string() }),
  z.strictObject({ event: z.literal('watchdog'), at }),
  z.strictObject({
    event: z.literal('reboot'),
    at,
    expected: z
      .boolean()
      .describe('The system was up and restarted because it was told to, or the loader had enrolled keys'),
  }),
  z.strictObject({ event: z.literal('powered-off'), at }),
  z.strictObject({
    event: z.literal('exit'),
    at,
    verdict: z
      .enum(['good', 'unverified', 'failed'])
      .describe('`good`: it came up verified, and nothing went wrong (exit code 0); `unverified` (3); `failed` (1)'),
    reason: z.string().describe('Why, in words'),
  }),
]);

export type RunEvent = z.infer<typeof runEventSchema>;

/** The events of one kind. */
export type RunEventOf<Kind extends RunEvent['event']> = Extract<RunEvent, { readonly event: Kind }>;
