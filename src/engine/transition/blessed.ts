import type { DeviceState } from '../device-state.ts';
import type { Transition } from './rule.ts';

/** The target is proven, and what was before it is the way back. */
export function blessed(state: DeviceState, at: number): Transition {
  const next = {
    ...state,
    proven: state.running,
    wayBack: state.proven,
    phase: { kind: 'proven', since: at } as const,
  };
  return { state: next, effects: [{ kind: 'clear-start-count' }, { kind: 'clean-up' }] };
}
