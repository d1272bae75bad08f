import * as z from 'zod';
import { explain, show } from './explain.ts';

export const MEBIBYTE = 1024 ** 2;

const UNITS: Readonly<Record<string, number>> = { M: MEBIBYTE, G: 1024 ** 3, T: 1024 ** 4 };

/**
 * A size of a partition such as `'512M'`; the output is in bytes. Units are powers of 1024, as in repart.d(5) and sgdisk.
 * @param options `min` in bytes, and the text that stands for it.
 */
export function sizeSchema(options: { readonly min: number; readonly fallback: string; readonly about: string }) {
  return z
    .string({
      error: (issue) =>
        typeof issue.input === 'number'
          ? explain(`the size ${show(issue.input)} has no unit`, `write it as text with a unit: "${options.fallback}"`)
          : undefined,
    })
    .regex(/^[1-9][0-9]{0,5}(M|G|T)(iB)?$/, {
      error: (issue) =>
        explain(`${show(issue.input)} is not a size`, `write a whole number and M, G or T: "${options.fallback}"`),
      abort: true,
    })
    .transform((text) => Number.parseInt(text, 10) * UNITS[text.replace(/\d|iB/g, '')]!)
    .refine((bytes) => bytes >= options.min, {
      error: () => explain('the size is too small', `write at least "${options.min / MEBIBYTE}M"`),
    })
    .default(parseSize(options.fallback))
    .describe(`${options.about} A whole number and M, G or T (powers of 1024). Default \`'${options.fallback}'\`.`);
}

function parseSize(text: string): number {
  return Number.parseInt(text, 10) * UNITS[text.slice(-1)]!;
}
