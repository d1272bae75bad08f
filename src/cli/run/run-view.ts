import type { RunEvent } from '../../vm/run-event.ts';
import type { RunningMachine } from '../../vm/running-machine.ts';

/** How a person sees a machine run. */
export interface RunView {
  readonly tell: (event: RunEvent) => void;
  /** The machine runs: its console can be shown, its end be asked for. */
  readonly attach: (machine: RunningMachine) => void;
  /** Gives the terminal back as it was. */
  readonly close: () => void;
}
