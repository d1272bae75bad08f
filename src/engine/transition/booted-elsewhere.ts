import type { DeviceState } from '../device-state.ts';
import type { Effect } from '../effect.ts';
import { failureCause } from '../failure-cause.ts';
import { type Generation, generationText, isSameGeneration } from '../generation.ts';
import type { BootedEvent } from './booted-event.ts';
import { entryOf } from './entry-of.ts';
import { startGoingBack } from './go-back.ts';
import { resume } from './resume.ts';
import { rolledBack } from './rolled-back.ts';
import type { Transition } from './rule.ts';

/** Neither the proven generation runs nor one that was to be started. */
export function bootedElsewhere(
  state: DeviceState,
  event: BootedEvent,
  knownGood: boolean,
  before: readonly Effect[] = [],
): Transition {
  const { running, proven } = state;
  const { verdict, at } = event;
  const quarantine = state.quarantine.find(({ generation }) => isSameGeneration(generation, running));
  if (quarantine !== undefined) {
    return startGoingBack(state, { from: running, to: proven, cause: quarantine.cause, at }, before);
  }
  if (!knownGood) {
    // Nobody knows it: it has to prove itself like any other.
    const { slot, ...target } = running;
    return resume({ ...state, phase: { kind: 'probation', since: at, target, slot, round: 1, start: 1 } }, before);
  }
  const cause =
    verdict.kind === 'clean'
      ? failureCause('operator', `${generationText(running)} was started by hand instead`)
      : failureCause('rotten', rottenWords(proven, verdict), verdict.kind === 'failed' ? verdict.cause.details : []);
  return rolledBack({ ...state, proven: running, wayBack: undefined }, proven, cause, event, before);
}

function rottenWords(proven: Generation, verdict: BootedEvent['verdict']): string {
  const why = verdict.kind === 'failed' ? verdict.cause.summary : 'nothing says why';
  return `${generationText(proven)} was proven and no longer starts: ${why}`;
}

/** True when what runs has proved itself before: it is remembered, or its entry has no counter and nothing speaks against it. */
export function isKnownGood(before: DeviceState, { running, held }: BootedEvent): boolean {
  const remembered = [before.wayBack, before.proven].some((one) => one !== undefined && isSameGeneration(one, running));
  return remembered || entryOf(held, running).kind === 'proven';
}
