/** After the first failure; doubled by every further one. */
export const FIRST_RETRY_SECONDS = 30;
/** A repository that is down for a day gets two dozen requests of each device. */
export const MAX_RETRY_SECONDS = 3600;
/** A server may ask for patience, not for silence: `Retry-After` counts up to a day. */
export const MAX_RETRY_AFTER_SECONDS = 86_400;

/**
 * Seconds until what has failed `failures` times in a row is tried again: between half and all of a doubling time, so that devices which
 * failed together do not come back together; and never before the server wants to be asked.
 *
 * @param failures from 1
 * @param chance from 0 to below 1
 * @param retryAfterSeconds what the server said (RFC 9110 10.2.3), if it did
 */
export function retryDelay(failures: number, chance: number, retryAfterSeconds = 0): number {
  const whole = Math.min(MAX_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** Math.max(0, failures - 1));
  return Math.max(whole / 2 + (whole / 2) * chance, Math.min(retryAfterSeconds, MAX_RETRY_AFTER_SECONDS));
}
