import * as z from 'zod';
import { strict } from './strict.ts';
import { unitName } from './unit.ts';

/** Which units start at boot. */
export const services = strict({
  enable: z.array(unitName).default([]).describe('Units to start at boot.'),
  disable: z.array(unitName).default([]).describe('Units not to start at boot.'),
  mask: z.array(unitName).default([]).describe('Units that cannot be started at all.'),
})
  .prefault({})
  .describe(
    "Which units of packages start at boot (systemd.preset(5)). What is not named here, and not needed by an immutable system, is not started: a package's own wish does not count.",
  );
