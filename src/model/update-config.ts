import * as z from 'zod';
import { AshlarError } from './error.ts';
import { isTimeZone } from './is-time-zone.ts';
import { parseDocument } from './parse-document.ts';
import { isChannelName } from './repository.ts';
import { WEEKDAYS } from './weekday.ts';

/** Where the agent's configuration lies in a system; what it says is the definition's `updates`. */
export const UPDATE_CONFIG_PATH = '/usr/lib/ashlar/update.json';
/** Where the image has its root of trust: the TUF `root.json` of the definition. */
export const BUILT_IN_ROOT_PATH = '/usr/lib/ashlar/trust/root.json';

/** Longer than any honest configuration. */
const MAX_BYTES = 256 << 10;

const seconds = z.number().min(0).max(1e10);

const windowSchema = z.strictObject({
  days: z.array(z.enum(WEEKDAYS)).min(1).describe('Days on which it opens'),
  start: z
    .string()
    .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/)
    .describe('Time of day at which it opens, `HH:MM`'),
  lengthSeconds: seconds.describe('How long it is open'),
  timeZone: z.string().max(64).refine(isTimeZone).describe('Time zone of `start`, by its name in the tz database'),
});

/** `update.json` in the image: what the agent of a system with `updates` in its definition does. Times are in seconds. */
export const updateConfigSchema = z.strictObject({
  format: z.literal('ashlar-update/1'),
  repositories: z.array(z.string().max(2048)).max(8).describe('Places of the repository, in the order to ask them'),
  channel: z.string().refine(isChannelName).describe('The channel that is followed'),
  checkEverySeconds: seconds.describe('Between two looks for a release'),
  jitterSeconds: seconds.describe('Up to how much later, by chance'),
  tries: z.int().min(1).max(9).describe('Starts that a new release has'),
  probation: z
    .strictObject({
      graceSeconds: seconds.describe('After the start, how long a failing check does not count'),
      durationSeconds: seconds.describe('How long all checks must hold'),
      deadlineSeconds: seconds.describe('From the start: not proven by then is failed'),
    })
    .describe('The time in which a new release proves itself'),
  bandwidthBytesPerSecond: z.int().min(1).optional().describe('Most to download; no limit when absent'),
  windows: z.array(windowSchema).max(32).describe('When a restart may be; at any time when empty'),
  waitForLoginsSeconds: seconds.describe('How long a restart is put off while somebody is logged in; 0: not at all'),
});

export type UpdateConfig = z.infer<typeof updateConfigSchema>;
/** A time in which a device may restart. */
export type MaintenanceWindow = UpdateConfig['windows'][number];

/** Parses the bytes of `update.json`. Throws `update-config-invalid`. */
export function parseUpdateConfig(bytes: Uint8Array): UpdateConfig {
  const refuse = (reason: string, cause?: unknown): never => {
    throw new AshlarError('update-config-invalid', `${UPDATE_CONFIG_PATH} cannot be used: ${reason}.`, {
      hint: 'The image was made by another version of Ashlar than its agent. Build the release again.',
      cause,
    });
  };
  return parseDocument(bytes, updateConfigSchema, MAX_BYTES, refuse);
}
