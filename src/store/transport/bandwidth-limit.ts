import { type Clock, pause } from './clock.ts';

/** Holds back whoever has received bytes, so that over time no more come than a limit allows. */
export interface BandwidthLimit {
  /** Returns when `bytes` bytes more may have come. */
  take(bytes: number, signal?: AbortSignal): Promise<void>;
}

/** No limit. */
export const UNLIMITED: BandwidthLimit = { take: async () => {} };

const MILLISECONDS_PER_SECOND = 1000;

/**
 * A token bucket: it fills with `bytesPerSecond` and holds one second's worth, so a pause is not made up for by a flood. Debts are
 * allowed (a piece may be larger than the bucket) and waited for. Several transfers may share one: they are served in turn.
 */
export function limitBandwidth(bytesPerSecond: number, clock: Clock): BandwidthLimit {
  let tokens = bytesPerSecond;
  let filledAt = clock.now();
  return {
    async take(bytes, signal) {
      const now = clock.now();
      tokens = Math.min(bytesPerSecond, tokens + ((now - filledAt) / MILLISECONDS_PER_SECOND) * bytesPerSecond);
      filledAt = now;
      tokens -= bytes;
      if (tokens < 0) await pause(clock, (-tokens / bytesPerSecond) * MILLISECONDS_PER_SECOND, signal);
    },
  };
}
