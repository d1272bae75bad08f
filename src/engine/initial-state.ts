import type { DeviceState, Moment } from './device-state.ts';
import type { HeldGeneration } from './disk-view.ts';
import { type Installed, isSameGeneration } from './generation.ts';

/**
 * The state of a device that has no journal. Fresh from the factory, what runs counts as proven. A counted entry beside another
 * generation's uncounted one says that the journal was lost during a probation: a missing journal proves nothing, so it begins again.
 */
export function initialState(running: Installed, held: readonly HeldGeneration[], at: Moment): DeviceState {
  const rest = { running, quarantine: [], checks: { failures: 0 } };
  const own = held.find((generation) => isSameGeneration(generation, running));
  const other = held.find((generation) => !isSameGeneration(generation, running) && generation.entry.kind === 'proven');
  // While the last try goes on its entry has none left.
  const isOnTrial = own?.entry.kind === 'counted' || own?.entry.kind === 'bad';
  if (!isOnTrial || other === undefined) {
    return { ...rest, proven: running, phase: { kind: 'proven', since: at } };
  }
  const { slot, ...target } = running;
  const { entry: _, ...proven } = other;
  return {
    ...rest,
    proven,
    phase: {
      kind: 'probation',
      since: at,
      target,
      slot,
      round: 1,
      start: own.entry.kind === 'counted' ? own.entry.done : 1,
    },
  };
}
