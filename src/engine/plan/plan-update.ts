import type { DeviceState, Resting } from '../device-state.ts';
import type { Effect } from '../effect.ts';
import type { Event } from '../event.ts';
import type { Release } from '../generation.ts';
import { transition } from '../transition/transition.ts';

/** More effects than any update has; a table that led in circles would show. */
const MAX_EFFECTS = 64;

/**
 * The plan of an update: the effects that it will ask for if all goes well, in their order, up to the restart into `target`, or until it is held
 * ready. It is what the table of states does, played through: the plan cannot say one thing and the device do another.
 *
 * @param state at rest: what is staged or armed already is not done again.
 * @param slot what `planSpace` chose.
 */
export function planUpdate(
  state: DeviceState & { readonly phase: Resting },
  target: Release,
  slot: number,
  intent: 'hold' | 'arm',
): readonly Effect[] {
  const at = state.phase.since;
  const checking = { ...state, phase: { kind: 'checking', since: at, by: 'operator', behind: state.phase } as const };
  const plan: Effect[] = [];
  let now: DeviceState = checking;
  let event: Event | undefined = { kind: 'target-chosen', at, target, slot, intent };
  while (event !== undefined) {
    const next = transition(now, event);
    plan.push(...next.effects);
    if (plan.length > MAX_EFFECTS) throw new RangeError('the plan of an update has no end');
    now = next.state;
    event = happensNext(next.effects.at(-1), at);
  }
  return plan;
}

/** What comes of an effect when all goes well; undefined when nothing of this start of the machine comes after it. */
function happensNext(effect: Effect | undefined, at: number): Event | undefined {
  switch (effect?.kind) {
    case 'fetch':
    case 'retire':
    case 'write':
    case 'read-back':
    case 'commit':
    case 'install-entry':
      return { kind: 'step-done', at, step: effect.kind };
    case 'seek-restart':
      return { kind: 'restart-allowed', at };
    default:
      return undefined;
  }
}
