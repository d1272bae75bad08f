import * as z from 'zod';
import { isChannelName } from '../repository.ts';
import { WEEKDAYS } from '../weekday.ts';
import { sourcePath } from './content-source.ts';
import { durationSchema } from './duration.ts';
import { explain, show } from './explain.ts';
import { strict } from './strict.ts';
import { timeZone } from './time-zone.ts';

const MEBIBYTE = 1024 ** 2;
const RATE_UNITS: Readonly<Record<string, number>> = { K: 1024, M: MEBIBYTE, G: 1024 * MEBIBYTE };

const repository = z.string().refine(isRepository, {
  error: (issue) =>
    explain(
      `${show(issue.input)} is not the place of a repository`,
      'write a URL without a password in it, "https://updates.example.org/", or an absolute path',
    ),
});

/** Whoever has the image reads the URL, so it holds no password; a slash at its end does not matter. */
function isRepository(place: string): boolean {
  if (place.startsWith('/')) return !/[\0\n\r]/.test(place);
  if (!URL.canParse(place)) return false;
  const { protocol, username, password, search, hash } = new URL(place);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}

const bandwidth = z
  .string()
  .regex(/^[1-9][0-9]{0,5}[KMG](iB)?$/, {
    error: (issue) =>
      explain(`${show(issue.input)} is not a rate`, 'write a whole number and K, M or G, bytes a second: "512K"'),
    abort: true,
  })
  .transform((text) => Number.parseInt(text, 10) * RATE_UNITS[text.replace(/\d|iB/g, '')]!);

const window = strict({
  days: z
    .array(z.enum(WEEKDAYS))
    .min(1)
    .default([...WEEKDAYS])
    .describe('Days on which it opens: `mon` to `sun`. Default: every day.'),
  start: z
    .string()
    .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, {
      error: (issue) => explain(`${show(issue.input)} is not a time of day`, 'write hours and minutes: "02:30"'),
    })
    .describe('When it opens, as a clock on the wall shows it.'),
  length: durationSchema('1h', 'How long it is open; it may reach into the next day.'),
  timeZone: timeZone.optional().describe("Time zone of `start`. Default: the system's."),
});

/** How a system updates itself. Times are in milliseconds and rates in bytes a second in the output. */
export const updates = strict({
  repository: z
    .union([repository.transform((one) => [one]), z.array(repository).max(8)])
    .default([])
    .describe(
      'Where releases come from: URL of a repository, or an absolute path; of several, the next is asked when one cannot be reached. Without it the system updates only from what is given to it by hand (`ashlar update --from`).',
    ),
  channel: z
    .string()
    .refine(isChannelName, {
      error: (issue) =>
        explain(
          `${show(issue.input)} cannot name a channel`,
          'use 2 to 32 lower-case letters, digits and "-": "stable"',
        ),
    })
    .default('stable')
    .describe('Channel to follow. Default: `stable`.'),
  trust: sourcePath.describe(
    'The root of trust, relative to the definition: the `root.json` that `ashlar trust init` writes. What it does not vouch for is not installed.',
  ),
  checkEvery: durationSchema('1h', 'How often to look for a release.'),
  jitter: durationSchema('10m', 'Up to how much later than that, by chance: not all devices ask at once.'),
  tries: z
    .int()
    .min(1)
    .max(9)
    .default(3)
    .describe('How often a new release may be started before the loader goes back. Default: 3.'),
  probation: strict({
    grace: durationSchema('1m', 'After the start, how long a health check may fail without counting.'),
    duration: durationSchema('2m', 'How long all health checks must then hold for the release to be kept.'),
    deadline: durationSchema('10m', 'From the start: when the release is not kept by then, the device goes back.'),
  })
    .prefault({})
    .describe('The time in which a new release proves itself.'),
  bandwidth: bandwidth
    .optional()
    .describe('Most to download, in bytes a second: a whole number and K, M or G (powers of 1024). Default: no limit.'),
  windows: z
    .array(window)
    .max(32)
    .default([])
    .describe('When the device may restart for an update. Default: at any time.'),
  waitForLogins: z
    .union([z.literal(false), durationSchema('10m', 'At most this long.')])
    .default(600_000)
    .describe("How long to put off a restart while somebody is logged in, or false. Default `'10m'`."),
})
  .optional()
  .describe(
    'Updates. With this key the system has the agent, which installs releases, tries them and goes back when they fail. Without it the system is what it is until its disk is written anew.',
  );

export type Updates = NonNullable<z.output<typeof updates>>;
