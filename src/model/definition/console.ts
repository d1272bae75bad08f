import * as z from 'zod';
import { explain, show } from './explain.ts';
import { strict } from './strict.ts';

/** Consoles and who may log in there: none of it unless the definition asks. */
export const consoleAccess = strict({
  serial: z
    .union([
      z.boolean(),
      z.string().regex(/^tty[A-Z]{1,4}[0-9]{1,2}$/, {
        error: (issue) =>
          explain(`${show(issue.input)} is not a serial port`, 'write "ttyS0", or true for the usual one'),
      }),
    ])
    .default(false)
    .describe(
      'Show the boot on a serial port: its name, or true for the usual one (`ttyS0`; `ttyAMA0` on arm64). Default: false.',
    ),
  login: z
    .enum(['none', 'prompt', 'root-autologin'])
    .default('none')
    .describe(
      'Login on the consoles (the serial port when there is one, else the screen): `none`, `prompt`, or `root-autologin`, which makes whoever reaches the console root: for trying things. Default: `none`.',
    ),
})
  .prefault({})
  .describe('Consoles and logins on them.');
