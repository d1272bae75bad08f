import * as z from 'zod';
import { collectGarbage } from '../build/publish/collect-garbage.ts';
import { formatBytes } from '../model/format-bytes.ts';
import { publisherFrom, publisherOptions, withPublisherOptions } from './publisher-options.ts';
import { defineVerb } from './verb.ts';
import { wholeNumber } from './whole-number.ts';

/** A day: no download takes longer. */
const DEFAULT_GRACE_HOURS = '24';
const MAX_GRACE_HOURS = 24 * 365;
/** The largest of what goes; all of it is in the JSON. */
const SHOWN_FILES = 10;

export default defineVerb({
  command: (command) =>
    withPublisherOptions(command)
      .option('--grace <hours>', 'what is younger stays, whatever needs it', DEFAULT_GRACE_HOURS)
      .option('--apply', 'remove it; else it is only shown'),
  examples: [
    { command: 'ashlar repo gc --trust keys', explains: 'what no channel, floor or recorded device needs any more' },
    { command: 'ashlar repo gc --trust keys --apply', explains: 'removes it' },
  ],
  options: z.object({
    ...publisherOptions,
    grace: wholeNumber(0, MAX_GRACE_HOURS),
    apply: z.boolean().default(false),
  }),
  result: z.strictObject({
    repository: z.string(),
    applied: z.boolean(),
    garbage: z.array(z.strictObject({ path: z.string(), size: z.int().min(0) })),
    garbageBytes: z.int().min(0),
    keptFiles: z.int().min(0),
    keptBytes: z.int().min(0),
    needed: z.array(
      z.strictObject({
        name: z.string(),
        version: z.string(),
        by: z.array(z.string()).describe('Who needs it: `channel stable`, `floor`, `device kiosk-7`'),
      }),
    ),
  }),
  async run(options, call) {
    const { passphrase: _, ...publisher } = publisherFrom(options, call);
    const { garbage, ...rest } = await collectGarbage({
      ...publisher,
      graceHours: options.grace,
      apply: options.apply,
    });
    const result = {
      repository: publisher.repository.describe(),
      applied: options.apply,
      garbage: garbage.map(({ path, size }) => ({ path, size })),
      garbageBytes: garbage.reduce((sum, { size }) => sum + size, 0),
      keptFiles: rest.keptFiles,
      keptBytes: rest.keptBytes,
      needed: rest.needed.map(({ name, version, by }) => ({ name, version, by: [...by] })),
    };
    return { result, exitCode: garbage.length === 0 ? 4 : 0 };
  },
  text({ applied, garbage, garbageBytes, keptFiles, keptBytes, needed }, style) {
    const largest = garbage.toSorted((a, b) => b.size - a.size).slice(0, SHOWN_FILES);
    const more = garbage.length - largest.length;
    return [
      ...needed.map(({ name, version, by }) => `${style.bold(`${name} ${version}`)} stays: ${by.join(', ')}`),
      ...largest.map(({ path, size }) => `  ${formatBytes(size).padStart(7)}  ${path}`),
      ...(more > 0 ? [style.dim(`  and ${more} more`)] : []),
      `${garbage.length} files of ${formatBytes(garbageBytes)} ${applied ? 'removed' : 'are not needed'}, ` +
        `${keptFiles} of ${formatBytes(keptBytes)} stay`,
      ...(applied || garbage.length === 0 ? [] : [style.dim('--apply removes them')]),
    ].join('\n');
  },
});
