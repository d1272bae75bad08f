import type { Clock } from './clock.ts';

interface Timer {
  readonly at: number;
  readonly call: () => void;
}

/** Longer waits than this are limits on what others do, and do not end by themselves. */
const LONGEST_PAUSE_MILLISECONDS = 30_000;

/**
 * A clock that stands still until it is told to go on. With `skipPauses` it jumps over any wait of less than half a minute, as pauses between tries are,
 * as soon as it is begun.
 */
export class ManualClock implements Clock {
  /** The waits that were jumped over, milliseconds. */
  readonly skipped: number[] = [];
  #now = 0;
  readonly #timers = new Set<Timer>();
  readonly #skipPauses: boolean;

  constructor({ skipPauses = false }: { readonly skipPauses?: boolean } = {}) {
    this.#skipPauses = skipPauses;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, call: () => void): () => void {
    if (this.#skipPauses && milliseconds < LONGEST_PAUSE_MILLISECONDS) {
      this.skipped.push(milliseconds);
      this.#now += milliseconds;
      const soon = setImmediate(call);
      return () => clearImmediate(soon);
    }
    const timer = { at: this.#now + milliseconds, call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass, and calls what is due. */
  advance(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.#now)) {
      this.#timers.delete(timer);
      timer.call();
    }
  }
}
