import * as z from 'zod';
import { explain, show } from './explain.ts';

/** A GPT partition name has 36 UTF-16 units (UEFI 2.10, table 5.6), and a slot is labelled `<name>_<version>`. */
export const MAX_LABEL_LENGTH = 36;

/** A system's name: `IMAGE_ID` of os-release(5), first half of labels and file names, so without `_` and `+`. */
export const systemName = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, {
    error: (issue) =>
      explain(
        `${show(issue.input)} is not a name for a system`,
        'use lower-case letters, digits and single hyphens, starting with a letter: "web-server"',
      ),
  })
  .max(32, { error: explain('the name is longer than 32 characters', 'shorten it') })
  .describe(
    'Name of the system, the same for all its releases: `IMAGE_ID` in os-release, and the first half of partition labels and file names. Lower-case letters, digits and hyphens.',
  )
  .meta({ examples: ['web-server'] });

/** A release's version: `IMAGE_VERSION`, ordered by the UAPI Group's version format specification. */
export const systemVersion = z
  .string({
    error: (issue) =>
      typeof issue.input === 'number'
        ? explain('the version is a number, in which 1.10 and 1.1 are the same', 'write it as text, in quotes: "1.10"')
        : undefined,
  })
  .regex(/^[0-9][0-9a-z]*([.~-][0-9a-z]+)*$/, {
    error: (issue) =>
      explain(
        `${show(issue.input)} is not a version`,
        'start with a digit and use digits, lower-case letters, ".", "-" and "~": "1.4.0", "2026.10.1", "1.5.0~rc1"',
      ),
  })
  .describe(
    'Version of this release: `IMAGE_VERSION` in os-release. Ordered by the UAPI version format: `1.5.0~rc1` comes before `1.5.0`, and `1.5.0-1` after it. `<name>_<version>` has at most 36 characters, the size of a partition label.',
  )
  .meta({ examples: ['1.0.0', '2026.10.1', '1.5.0~rc1'] });
