import * as z from 'zod';

/** No option of ours has more digits; more would not be numbers any more. */
const MAX_DIGITS = 9;

/** A number as it is typed, from `least` to `most`. Not coerced: an empty text is no zero, and `1e3` is a slip. */
export function wholeNumber(least: number, most: number) {
  const why = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(new RegExp(`^\\d{1,${MAX_DIGITS}}$`), why)
    .transform(Number)
    .pipe(z.number().min(least, why).max(most, why));
}
