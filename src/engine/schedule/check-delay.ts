import type { UpdateConfig } from '../../model/update-config.ts';
import { MAX_RETRY_AFTER_SECONDS, retryDelay } from './retry-delay.ts';

/**
 * Seconds until the next look for a release: the interval and some of the jitter after a check that got its answer; sooner, but with back-off,
 * after failures.
 *
 * @param failures checks failed in a row
 * @param chance from 0 to below 1
 */
export function checkDelay(
  { checkEverySeconds, jitterSeconds }: Pick<UpdateConfig, 'checkEverySeconds' | 'jitterSeconds'>,
  failures: number,
  chance: number,
  retryAfterSeconds = 0,
): number {
  const regular = checkEverySeconds + jitterSeconds * chance;
  const own = failures === 0 ? regular : Math.min(regular, retryDelay(failures, chance));
  return Math.max(own, Math.min(retryAfterSeconds, MAX_RETRY_AFTER_SECONDS));
}
