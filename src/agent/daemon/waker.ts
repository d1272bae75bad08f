import { setTimeout } from 'node:timers/promises';

/** Lets someone wait who can be woken. A wake that comes before the wait is not remembered: look at what it was about before waiting. */
export class Waker {
  #woken = new AbortController();

  /** Whoever waits now waits no longer. */
  wake(): void {
    this.#woken.abort();
    this.#woken = new AbortController();
  }

  /** Waits for `milliseconds`, until {@link wake}, or until `signal` is aborted. */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    const woken = AbortSignal.any([signal, this.#woken.signal]);
    await setTimeout(milliseconds, undefined, { signal: woken }).catch(() => {});
  }
}
