import * as z from 'zod';
import { explain, show } from './explain.ts';

/** Permission bits that make a program run as its owner or group: setuid and setgid. */
export const SET_ID_BITS = 0o6000;

const MAX_MODE = 0o7777;

/**
 * A mode that people set: every class of user can read or has nothing, and the owner can do what the group can, the group what
 * others can. Used to tell a decimal number that was meant as octal from one that was not.
 */
function isUsual(mode: number): boolean {
  const owner = (mode >> 6) & 7;
  const group = (mode >> 3) & 7;
  const other = mode & 7;
  const reads = [owner, group, other].every((bits) => bits === 0 || (bits & 4) !== 0);
  return mode <= 0o777 && reads && (owner & group) === group && (group & other) === other && owner !== 0;
}

/** True for 644 and the like: read as a number it is 0o1204, which nobody means. */
function looksDecimal(mode: number): boolean {
  const digits = String(mode);
  return mode > MAX_MODE || (/^[0-7]{3,4}$/.test(digits) && isUsual(Number.parseInt(digits, 8) & 0o777));
}

/** Permission bits, written `'0644'` or, in TypeScript, `0o644`; the output is the number. */
export function modeSchema(fallback: string) {
  return z
    .union([
      z
        .string()
        .regex(/^0?[0-7]{3,4}$/, {
          error: (issue) =>
            explain(`${show(issue.input)} is not a mode`, `write the octal digits as text: "${fallback}"`),
        })
        .transform((text) => Number.parseInt(text, 8)),
      z
        .int()
        .min(0)
        .max(MAX_MODE, {
          error: (issue) => explain(`the mode ${show(issue.input)} is out of range`, decimalHint(issue.input)),
          abort: true,
        })
        .refine((mode) => !looksDecimal(mode), {
          error: (issue) => explain(`the mode ${show(issue.input)} is a decimal number`, decimalHint(issue.input)),
        }),
    ])
    .default(Number.parseInt(fallback, 8))
    .describe(
      `Permission bits in octal, as text: \`'${fallback}'\`. In TypeScript \`0o${fallback.slice(1)}\` will do.`,
    );
}

function decimalHint(mode: unknown): string {
  const digits = String(mode);
  return /^[0-7]{3,4}$/.test(digits)
    ? `write '${digits.padStart(4, '0')}', in quotes`
    : `write octal digits in quotes, such as '0644'`;
}
