/** A server may ask for a week; more is taken for a week. */
const LONGEST_SECONDS = 7 * 24 * 60 * 60;

/**
 * The seconds that a `Retry-After` asks for (RFC 9110, 10.2.3: seconds, or a date), undefined when it is absent or neither. `now` is
 * the wall clock, milliseconds since 1970; a date in the past asks for no pause.
 */
export function retryAfterSeconds(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  // Date.parse would take `-5` for a year.
  const date = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Math.ceil((date - now) / 1000);
  return Number.isNaN(seconds) ? undefined : Math.min(LONGEST_SECONDS, Math.max(0, seconds));
}
