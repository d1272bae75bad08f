import type { DeviceState, Downloading, Phase, PhaseOf } from '../device-state.ts';
import type { BootVerdict } from '../explain-boot.ts';
import { isSameGeneration } from '../generation.ts';
import { cameUpAgain, wentBack } from './booted-after-leaving.ts';
import { bootedElsewhere, isKnownGood } from './booted-elsewhere.ts';
import type { BootedEvent } from './booted-event.ts';
import { bootedTarget, fellBack } from './booted-on-trial.ts';
import { letGo } from './go-back.ts';
import { resume, unkeptEvidence } from './resume.ts';
import type { Transition } from './rule.ts';
import { settle } from './settle.ts';
import { strayEntries } from './stray-entries.ts';
import { upAndProven } from './up-and-proven.ts';

/**
 * The machine has started. From what runs, how the start before ended and how the entries stand it follows where the device is,
 * whatever happened in between: a power cut, a fallback of the loader's or the initrd's, a choice by hand.
 */
export function booted(before: DeviceState, event: BootedEvent): Transition {
  const unkept = unkeptEvidence(before);
  // Evidence that was not cleared away cannot be told from new evidence: it is not held against anybody a second time.
  const verdict: BootVerdict =
    unkept.length > 0 && event.verdict.kind === 'failed' ? { kind: 'inconclusive' } : event.verdict;
  const { state, effects } = startedAgain(before, { ...event, verdict });
  const strays = strayEntries(state, event.held);
  const { kind } = state.phase;
  if (kind === 'rolled-back' || kind === 'rolling-back') return { state, effects: [...strays, ...effects] };
  if (verdict.kind !== 'failed') return { state, effects: [...strays, ...unkept, ...effects] };
  // It speaks against nobody who is on trial, but it is told of, kept, and cleared: or the next start would be blamed for it.
  const { cause, rootHash } = verdict;
  const { name, version, rootHash: hash } = event.held.find((one) => one.rootHash === rootHash) ?? state.proven;
  const told = { ...state, lastFailure: { generation: { name, version, rootHash: hash }, cause, at: event.at } };
  return { state: told, effects: [...strays, ...unkeptEvidence(told), ...effects] };
}

function startedAgain(before: DeviceState, event: BootedEvent): Transition {
  const state = settle(before, event);
  const knownGood = isKnownGood(before, event);
  const { phase, running, proven } = state;
  switch (phase.kind) {
    case 'checking':
      return startedAgain({ ...before, phase: phase.behind }, event);
    case 'proven':
    case 'refused':
    case 'downloading':
      return isSameGeneration(running, proven)
        ? bootedAtRest({ ...state, phase }, event)
        : bootedElsewhere(state, event, knownGood);
    case 'staged':
    case 'armed':
    case 'restarting':
    case 'probation':
    case 'blessing':
      if (isSameGeneration(running, phase.target)) return bootedTarget(state, phase, event);
      if (isSameGeneration(running, proven)) return fellBack(state, phase, event);
      return bootedElsewhere(state, event, knownGood, letGo(phase.target));
    case 'rolling-back':
      if (isSameGeneration(running, phase.from)) return cameUpAgain(state, phase, event);
      if (isSameGeneration(running, phase.to)) return wentBack(state, phase, event);
      return bootedElsewhere(state, event, knownGood);
    case 'rolled-back':
      if (isSameGeneration(running, proven)) return resume(state, upAndProven(state, event));
      return bootedElsewhere(state, event, knownGood);
  }
}

/** The proven generation runs and no other was to be started. Work that was interrupted goes on where nothing is taken on trust. */
function bootedAtRest(
  state: DeviceState & { readonly phase: PhaseOf<'proven' | 'refused' | 'downloading'> },
  event: BootedEvent,
): Transition {
  const { phase } = state;
  return resume({ ...state, phase: afterStart(phase) }, upAndProven(state, event));
}

/** What could not be installed may be tried again: firmware and disks are changed while a machine is off. */
function afterStart(phase: PhaseOf<'proven' | 'refused' | 'downloading'>): Phase {
  switch (phase.kind) {
    case 'proven':
      return phase;
    case 'refused':
      return { ...phase, tried: undefined };
    case 'downloading':
      return fromSafeStep(phase);
  }
}

/** What was written before the start may have been lost with the power: files are looked at again, a whole slot is read back again. */
function fromSafeStep(phase: Downloading): Downloading {
  const step = phase.step === 'read-back' || phase.step === 'commit' ? 'read-back' : 'fetch';
  return { ...phase, step, failures: 0, problem: undefined };
}
