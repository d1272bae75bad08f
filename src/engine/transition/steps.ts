import type { DeviceState } from '../device-state.ts';
import type { StepName } from '../event.ts';
import { conflict } from './conflict.ts';
import type { Transition } from './rule.ts';

/** The step is tried again later, by `retry-due`. */
export function retryLater(state: DeviceState, failures: number): Transition {
  return { state, effects: [{ kind: 'schedule-retry', failures }] };
}

/** Throws `device-state-conflict` for a step that was not begun. */
export function expectStep(state: DeviceState, step: StepName, expected: StepName | undefined): void {
  if (step === expected) return;
  throw conflict(
    state,
    'step-done',
    expected === undefined ? 'no step was begun' : `“${step}” was answered, not “${expected}”`,
  );
}
