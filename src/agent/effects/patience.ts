import type { Sha256 } from '../../model/digest.ts';

/**
 * How long an update has waited for people who are logged in. Checks of the repository interrupt the waiting again and again: it is counted on,
 * as long as the update is the same, by a clock that nobody sets.
 */
export class Patience {
  readonly #clock: () => number;
  #update: Sha256 | undefined;
  #since: number | undefined;

  /** @param clock milliseconds since any moment, that only go on. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Milliseconds since nothing but people has held up `update`; undefined: not yet. */
  spent(update: Sha256): number | undefined {
    if (update !== this.#update || this.#since === undefined) return undefined;
    return Math.round(this.#clock() - this.#since);
  }

  /** Notes whether it is people alone that hold it up now. */
  note(update: Sha256, peopleAlone: boolean): void {
    const goesOn = update === this.#update && this.#since !== undefined;
    this.#update = update;
    if (!peopleAlone) this.#since = undefined;
    else if (!goesOn) this.#since = this.#clock();
  }
}
