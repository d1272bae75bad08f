import type { DeviceState, PhaseKind } from '../device-state.ts';
import type { Event, EventKind, EventOf } from '../event.ts';
import { conflict } from './conflict.ts';
import type { Row, Rule, StateIn, Transition } from './rule.ts';
import { TABLE } from './table.ts';

/**
 * What `event` makes of `state`. The agent writes the new state into the journal, synced, and then runs the effects in their order. Throws
 * `device-state-conflict` when the event must not happen in that state, `no-way-back` when a person asks for one that is not there.
 */
export function transition(state: DeviceState, event: Event): Transition {
  return apply(state.phase.kind, event.kind, state, event);
}

/** True when an event of this kind may happen in the state. */
export function accepts(state: DeviceState, kind: EventKind): boolean {
  return TABLE[state.phase.kind][kind] !== undefined;
}

function apply<P extends PhaseKind, E extends EventKind>(
  phase: P,
  kind: E,
  state: StateIn<P>,
  event: EventOf<E> & { readonly at: number },
): Transition {
  const row: Row<P> = TABLE[phase];
  const rule: Rule<P, E> | undefined = row[kind];
  if (rule === undefined) throw conflict(state, kind, 'it is not expected now');
  return rule.step(state, event);
}
