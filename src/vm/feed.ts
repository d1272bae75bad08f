/**
 * Things that happen one after another, to be waited for: kept (so that what came before one asked is not missed), bounded (a
 * guest may say anything), and with a cursor (so that two waits for the same thing find two things).
 */
export class Feed<Entry> {
  /** What is kept, oldest first. */
  readonly #entries: Entry[] = [];
  readonly #limit: number;
  /** Index in `#entries` where the next wait begins to look. */
  #cursor = 0;
  readonly #waiters = new Set<Waiter<Entry>>();
  #end: (() => Error) | undefined;

  /** @param limit how many entries are kept; the oldest go first. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  append(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#entries.length > this.#limit) {
      const dropped = this.#entries.length - this.#limit;
      this.#entries.splice(0, dropped);
      this.#cursor = Math.max(0, this.#cursor - dropped);
    }
    this.look();
  }

  /** Nothing more will come: waits that find nothing in what is kept fail with `reason()`. */
  close(reason: () => Error): void {
    this.#end ??= reason;
    this.look();
  }

  /** Waits look at what is appended from now on. */
  passOver(): void {
    this.#cursor = this.#entries.length;
  }

  /** The last `count` entries, oldest first. */
  latest(count: number): readonly Entry[] {
    return this.#entries.slice(-count);
  }

  /**
   * The first entry at or after the cursor for which `match` gives something, now or later, and what it gave. `match` marks the
   * entry as used itself where that matters; entries before it are passed over for good. One wait at a time looks at an entry.
   *
   * A `match` that throws ends the wait with its error.
   *
   * @param late makes the error for when `milliseconds` have passed.
   */
  async next<Found>(
    match: (entry: Entry) => Found | undefined,
    milliseconds: number,
    late: () => Error,
    signal?: AbortSignal,
  ): Promise<Found> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Found>();
    const waiter: Waiter<Entry> = {
      tries: (entry) => {
        try {
          const found = match(entry);
          if (found === undefined) return false;
          resolve(found);
        } catch (error) {
          reject(error);
        }
        return true;
      },
      fails: reject,
    };
    const timer = setTimeout(() => reject(late()), milliseconds);
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.#waiters.add(waiter);
    try {
      this.look();
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      this.#waiters.delete(waiter);
    }
  }

  /** Tries the waits again: for when an entry that is kept has changed (a line that grew). */
  look(): void {
    for (const waiter of [...this.#waiters]) {
      for (let index = this.#cursor; index < this.#entries.length; index += 1) {
        if (!waiter.tries(this.#entries[index]!)) continue;
        this.#waiters.delete(waiter);
        this.#cursor = index;
        break;
      }
    }
    if (this.#end === undefined) return;
    for (const waiter of this.#waiters) waiter.fails(this.#end());
  }
}

interface Waiter<Entry> {
  /** True when the entry is what is waited for. */
  readonly tries: (entry: Entry) => boolean;
  readonly fails: (error: Error) => void;
}
