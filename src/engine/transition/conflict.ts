import { AshlarError } from '../../model/error.ts';
import type { DeviceState } from '../device-state.ts';
import type { EventKind } from '../event.ts';

/** The error for an event that must not happen in the state it met. */
export function conflict(state: DeviceState, event: EventKind, why: string): AshlarError {
  return new AshlarError(
    'device-state-conflict',
    `“${event}” cannot happen while the device is ${state.phase.kind}: ${why}.`,
    {
      hint: '`ashlar status` says what the device is doing; try again when that is done.',
    },
  );
}
