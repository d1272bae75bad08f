import { setTimeout } from 'node:timers/promises';

/** What a person wants of the update that is under way. Forgotten when the agent ends: then the definition's rules hold again. */
export class Wishes {
  intent: 'hold' | 'arm' = 'arm';
  allowExpired: string | undefined;
  #urgent = false;
  #woken = new AbortController();

  /** Restart at once, without waiting for window and logins. */
  get urgent(): boolean {
    return this.#urgent;
  }

  /** Whoever waits looks again. */
  hurry(urgent: boolean): void {
    this.#urgent = urgent;
    this.#woken.abort();
    this.#woken = new AbortController();
  }

  /** Waits for `milliseconds`, until {@link hurry}, or until `signal` is aborted. */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    const woken = AbortSignal.any([signal, this.#woken.signal]);
    await setTimeout(milliseconds, undefined, { signal: woken }).catch(() => {});
  }
}
