import { type Clock, pause } from '../clock.ts';
import { RepositoryUnreachable } from '../repository-unreachable.ts';
import type { HttpLimits } from './http-limits.ts';

const MILLISECONDS_PER_SECOND = 1000;
/** What a try must bring to count as one that worked. */
export const PROGRESS_BYTES = 64 * 1024;

/** Counts the tries of one request, and waits between them. */
export class Attempts {
  readonly #limits: HttpLimits;
  readonly #clock: Clock;
  #failed = 0;
  #bytes = 0;

  constructor(limits: HttpLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** `bytes` bytes came. After enough of them the next failure is a first one: a byte a try is no progress. */
  progress(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < PROGRESS_BYTES) return;
    this.#bytes = 0;
    this.#failed = 0;
  }

  /** Returns when it is time to try again after `error`; throws it when it is not worth it. */
  async failed(error: unknown, signal: AbortSignal): Promise<void> {
    if (!(error instanceof RepositoryUnreachable)) throw error;
    this.#failed += 1;
    const { attempts, firstPauseMilliseconds, longestPauseSeconds } = this.#limits;
    if (error.retry.kind === 'never' || this.#failed >= attempts) throw error;
    if (error.retry.kind === 'after' && error.retry.seconds > longestPauseSeconds) throw error;
    const backOff = firstPauseMilliseconds * 2 ** (this.#failed - 1);
    const asked = error.retry.kind === 'after' ? error.retry.seconds * MILLISECONDS_PER_SECOND : 0;
    await pause(this.#clock, Math.max(backOff, asked), signal);
  }
}
