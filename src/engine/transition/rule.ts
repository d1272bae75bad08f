import type { DeviceState, PhaseKind, PhaseOf } from '../device-state.ts';
import type { Effect } from '../effect.ts';
import type { EventKind, EventOf } from '../event.ts';

/** Where an event leads: the next state, to be journaled first, and what is to be done then, in this order. */
export interface Transition {
  readonly state: DeviceState;
  readonly effects: readonly Effect[];
}

/** A state known to be in the phase `P`. */
export type StateIn<P extends PhaseKind> = DeviceState & { readonly phase: PhaseOf<P> };

/** One cell of the table: what `E` does in the phase `P`. */
export interface Rule<P extends PhaseKind, E extends EventKind> {
  /** Every phase that {@link step} can lead to; a test holds the two equal. */
  readonly to: readonly PhaseKind[];
  readonly step: (state: StateIn<P>, event: EventOf<E> & { readonly at: number }) => Transition;
}

/** The cells of one phase; what is not there must not happen. */
export type Row<P extends PhaseKind> = { readonly [E in EventKind]?: Rule<P, E> };
