import * as z from 'zod';
import { explain } from './explain.ts';
import { packageName } from './package-name.ts';
import { strict } from './strict.ts';

export const extensions = z
  .record(
    z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, {
      error: explain('an extension has a name of lower-case letters, digits and hyphens', 'rename it: "debug"'),
    }),
    strict({
      packages: z.array(packageName).min(1).describe('Packages whose files under `/usr` make up the extension.'),
    }),
  )
  .default({})
  .describe('System extensions (systemd-sysext(8)) that can be laid over `/usr`, by name.');
