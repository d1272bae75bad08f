import * as z from 'zod';
import { explain, show } from './explain.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

const toMilliseconds = (text: string): number => Number.parseInt(text, 10) * UNITS[text.replace(/\d/g, '')]!;

/** A span of time such as `'30s'`; the output is in milliseconds. */
export function durationSchema(fallback: string, about: string) {
  return z
    .string({
      error: (issue) =>
        typeof issue.input === 'number'
          ? explain(`the time ${show(issue.input)} has no unit`, `write it as text with a unit: "${fallback}"`)
          : undefined,
    })
    .regex(/^[1-9][0-9]{0,6}(ms|s|m|h)$/, {
      error: (issue) =>
        explain(`${show(issue.input)} is not a span of time`, `write a whole number and ms, s, m or h: "${fallback}"`),
    })
    .transform(toMilliseconds)
    .default(toMilliseconds(fallback))
    .describe(`${about} A whole number and ms, s, m or h. Default \`'${fallback}'\`.`);
}
