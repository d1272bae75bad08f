import type { DeviceState, Phase } from '../device-state.ts';
import type { Effect } from '../effect.ts';
import type { FailureCause } from '../failure-cause.ts';
import { type Generation, isSameGeneration } from '../generation.ts';
import type { BootedEvent } from './booted-event.ts';
import { quarantined } from './go-back.ts';
import { resume } from './resume.ts';
import type { Transition } from './rule.ts';
import { upAndProven } from './up-and-proven.ts';

/** `failed` does not run any more and must not again; what runs is proven. */
export function rolledBack(
  state: DeviceState,
  failed: Generation,
  cause: FailureCause,
  event: BootedEvent,
  before: readonly Effect[] = [],
): Transition {
  const { name, version, rootHash } = failed;
  const phase: Phase = { kind: 'rolled-back', since: event.at, failed: { name, version, rootHash }, cause };
  const aside = quarantined({ ...state, phase }, failed, cause, event.at);
  // What rotted is not quarantined, but it is no way back either.
  const wayBack = aside.wayBack !== undefined && isSameGeneration(aside.wayBack, failed) ? undefined : aside.wayBack;
  return resume({ ...aside, wayBack }, [...before, ...upAndProven(aside, event)]);
}
