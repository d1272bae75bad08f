import type { DeviceState } from '../device-state.ts';
import type { Effect } from '../effect.ts';
import type { BootedEvent } from './booted-event.ts';
import { entryOf } from './entry-of.ts';

/** What is due on every start of the proven generation: its entry without a counter, the initrd's count at zero. */
export function upAndProven({ running }: DeviceState, event: BootedEvent): Effect[] {
  const { kind } = entryOf(event.held, running);
  const repair: Effect[] =
    kind === 'counted' || kind === 'bad' ? [{ kind: 'repair-entry', generation: running, standing: 'proven' }] : [];
  return [...repair, { kind: 'clear-start-count' }];
}
