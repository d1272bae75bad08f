import { AshlarError } from '../../model/error.ts';
import type { DeviceState } from '../device-state.ts';
import type { Effect } from '../effect.ts';
import type { EventOf } from '../event.ts';
import { type FailureCause, failureCause } from '../failure-cause.ts';
import { type Generation, generationText, type Installed, isSameGeneration, type Target } from '../generation.ts';
import { resume } from './resume.ts';
import type { Transition } from './rule.ts';

type RollbackAsked = EventOf<'rollback-asked'> & { readonly at: number };

/** From the proven generation to the way back. Throws `no-way-back`. */
export function goBack(state: DeviceState, event: RollbackAsked, before: readonly Effect[] = []): Transition {
  if (state.wayBack === undefined) {
    throw new AshlarError(
      'no-way-back',
      `There is no generation on this device to go back to beside ${generationText(state.running)}.`,
      {
        hint: '`ashlar status` lists what the slots hold. A slot that an update has begun to write is no way back any more.',
      },
    );
  }
  return startGoingBack(state, { from: state.running, to: state.wayBack, cause: byHand(event), at: event.at }, before);
}

/** From a generation on probation to the proven one, because a person says so. */
export function endProbation(state: DeviceState, event: RollbackAsked): Transition {
  return startGoingBack(state, { from: state.running, to: state.proven, cause: byHand(event), at: event.at });
}

/** What was staged or armed is not wanted: nothing starts it, and it is not fetched again by itself. */
export function setAside(
  state: DeviceState,
  target: Target,
  event: RollbackAsked,
  before: readonly Effect[] = [],
): Transition {
  const phase = { kind: 'proven', since: event.at } as const;
  return {
    state: { ...withQuarantine(state, target, byHand(event), event.at), phase },
    effects: [...before, ...letGo(target)],
  };
}

/** Begins the way from `from`, which runs, to `to`. */
export function startGoingBack(
  state: DeviceState,
  { from, to, cause, at }: { from: Installed; to: Installed; cause: FailureCause; at: number },
  before: readonly Effect[] = [],
): Transition {
  const phase = {
    kind: 'rolling-back',
    since: at,
    from,
    to,
    cause,
    step: 'mark-bad',
    returns: 0,
    failures: 0,
  } as const;
  const stop: Effect[] = state.phase.kind === 'probation' ? [{ kind: 'stop-judging' }] : [];
  return resume({ ...state, phase }, [...before, ...stop]);
}

/** `failed` is not installed again by itself, and its failure is told of. A slot that has rotted says nothing against its release. */
export function quarantined(state: DeviceState, failed: Generation, cause: FailureCause, at: number): DeviceState {
  const { name, version, rootHash } = failed;
  const lastFailure = { generation: { name, version, rootHash }, cause, at };
  return { ...(cause.kind === 'rotten' ? state : withQuarantine(state, failed, cause, at)), lastFailure };
}

function withQuarantine(state: DeviceState, one: Generation, cause: FailureCause, since: number): DeviceState {
  const { name, version, rootHash } = one;
  const others = state.quarantine.filter(({ generation }) => !isSameGeneration(generation, one));
  const entry = { generation: { name, version, rootHash }, cause: { ...cause, details: [] }, since };
  return { ...state, quarantine: [...others, entry].slice(-MAX_QUARANTINE) };
}

/** Older ones go first: a channel moves on, and what is below the running version is not installed anyway. */
const MAX_QUARANTINE = 16;

function byHand({ reason }: RollbackAsked): FailureCause {
  return failureCause(
    'operator',
    reason === undefined ? 'it was set aside by hand' : `it was set aside by hand: ${reason}`,
  );
}

/** The effects that let go of what was staged or armed: nothing may start it any more, and nothing that goes on may arm it. */
export function letGo(target: Target): Effect[] {
  return [{ kind: 'stop-work' }, { kind: 'remove-entry', generation: target }, { kind: 'clean-up' }];
}
