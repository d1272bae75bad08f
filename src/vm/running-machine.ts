import type { PortForward } from './machine-options.ts';
import type { SerialConsole } from './serial-console.ts';

/** A machine that has been switched on, until it is off again. */
export interface RunningMachine {
  /** QEMU's process. */
  readonly pid: number;
  readonly serial: SerialConsole;
  /** `ttyS1`; says nothing when the machine was made without. */
  readonly secondSerial: SerialConsole;
  /** The forwarded ports, with the host's port that was taken. */
  readonly forwards: readonly PortForward[];
  /** How it ended; never rejects. */
  readonly ended: Promise<MachineEnd>;
  /**
   * Waits for the next of the machine's events of this kind, among those since the last that was waited for and those to come.
   *
   * @throws AshlarError `guest-silent` when it did not happen in time; `guest-stopped` when the machine ended first.
   */
  expectEvent<Kind extends MachineEvent['kind']>(
    kind: Kind,
    seconds: number,
    signal?: AbortSignal,
  ): Promise<Extract<MachineEvent, { readonly kind: Kind }>>;
  /** Calls `listener` with each event; returns what ends that. */
  onEvent(listener: (event: MachineEvent) => void): () => void;
  /** Seconds since it was switched on. */
  clock(): number;
  /** Presses the reset button. */
  reset(): Promise<void>;
  /**
   * Presses the power button, again and again, and waits; a guest that has not switched off after `seconds` loses its power.
   */
  powerOff(seconds: number): Promise<MachineEnd>;
  /** Pulls the plug: no flush, no goodbye. */
  kill(): Promise<MachineEnd>;
}

/** What happens to a machine, as its hardware sees it. `at` is seconds since it was switched on. */
export type MachineEvent =
  | { readonly kind: 'reset'; readonly by: 'guest' | 'host'; readonly at: number }
  /** The kernel told the panic device. Kernels without its driver only say so on the console. */
  | { readonly kind: 'panicked'; readonly at: number }
  /** The watchdog was not petted; a reset follows. */
  | { readonly kind: 'watchdog'; readonly at: number }
  | { readonly kind: 'powered-off'; readonly at: number };

/** How a machine came to its end. */
export type MachineEnd =
  /** The guest switched it off. */
  | { readonly kind: 'powered-off' }
  /** The guest restarted, and the machine was made with `onReset: 'exit'`. */
  | { readonly kind: 'reset' }
  /** We ended it. */
  | { readonly kind: 'stopped' }
  /** QEMU could not go on: what it said. */
  | { readonly kind: 'failed'; readonly complaint: string };
