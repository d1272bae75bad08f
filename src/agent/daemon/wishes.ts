import type { DeviceState, PhaseKind } from '../../engine/device-state.ts';
import { Waker } from './waker.ts';

/** At rest, with nothing held ready: whatever a person wanted of an update has come to its end. */
const AT_REST: ReadonlySet<PhaseKind> = new Set(['proven', 'refused', 'rolled-back']);

/** What a person wants of the update that is under way. Forgotten when the agent ends: then the definition's rules hold again. */
export class Wishes {
  intent: 'hold' | 'arm' = 'arm';
  allowExpired: string | undefined;
  #urgent = false;
  readonly #waker = new Waker();
  #phase: PhaseKind | undefined;

  /** Restart at once, without waiting for window and logins. */
  get urgent(): boolean {
    return this.#urgent;
  }

  /** Whoever waits looks again. */
  hurry(urgent: boolean): void {
    this.#urgent = urgent;
    this.#waker.wake();
  }

  /** A look at the repository that nobody asked for: what is held for a person stays held, and no expired metadata pass. */
  leaveToSchedule({ phase }: Pick<DeviceState, 'phase'>): void {
    this.intent = phase.kind === 'staged' && phase.intent === 'hold' ? 'hold' : 'arm';
    this.allowExpired = undefined;
  }

  /**
   * Takes note of where the device has come to. With an update that came to nothing the hurry about it ends: the next one, of another day, waits
   * for its window again.
   */
  follow({ phase: { kind } }: Pick<DeviceState, 'phase'>): void {
    if (kind !== this.#phase && AT_REST.has(kind)) {
      this.#urgent = false;
      this.allowExpired = undefined;
    }
    this.#phase = kind;
  }

  /** Waits for `milliseconds`, until {@link hurry}, or until `signal` is aborted. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    return this.#waker.wait(milliseconds, signal);
  }
}
