import * as z from 'zod';
import { explain, show } from './explain.ts';
import { strict } from './strict.ts';

const suiteName = z.string().regex(/^[a-z][a-z0-9.-]*$/, {
  error: (issue) => explain(`${show(issue.input)} is not the name of a suite`, 'write a release name such as "trixie"'),
});

const components = z
  .array(
    z.string().regex(/^[a-z][a-z0-9-]*$/, {
      error: (issue) =>
        explain(
          `${show(issue.input)} is not a component`,
          'write "main", "contrib", "non-free" or "non-free-firmware"',
        ),
    }),
  )
  .min(1)
  .default(['main'])
  .describe('Components of the archive to take packages from. Default: `main`.');

/** The distribution that packages come from. */
export const base = strict({
  distribution: z.enum(['debian']).default('debian').describe('Distribution: `debian`.'),
  suite: suiteName.describe('Release name of the distribution.').meta({ examples: ['trixie'] }),
  security: z
    .boolean()
    .default(true)
    .describe("Take the suite's security updates (`<suite>-security`) as well. Default: true."),
  suites: z
    .array(strict({ suite: suiteName.describe('Name of the suite.'), components }))
    .default([])
    .describe('Further suites of the same archive, such as `trixie-backports`.'),
  components,
}).describe('Distribution and suites that packages come from. No mirror: that is a matter of where a build runs.');
