import { z } from 'zod';

const UNITS: Readonly<Record<string, number>> = { M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** An option that takes a size such as `20G`, in units that are powers of 1024 as in a definition; the output is in bytes. */
export const byteSize = z
  .string()
  .regex(/^[1-9][0-9]{0,5}[MGT]$/, 'must be a whole number and M, G or T, such as 20G')
  .transform((text) => Number.parseInt(text, 10) * (UNITS[text.slice(-1)] ?? Number.NaN));
