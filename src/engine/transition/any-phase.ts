import type { DeviceState, Phase, PhaseKind } from '../device-state.ts';
import type { EventOf } from '../event.ts';
import { booted } from './booted.ts';
import { letGo } from './go-back.ts';
import { resume, unkeptEvidence } from './resume.ts';
import type { Rule, Transition } from './rule.ts';
import { strayEntries } from './stray-entries.ts';

/** Where the events lead that can happen in any phase. */
interface Destinations {
  readonly pinned: readonly PhaseKind[];
  readonly 'evidence-kept': readonly PhaseKind[];
  readonly booted: readonly PhaseKind[];
  readonly resumed: readonly PhaseKind[];
}

type CommonEvent = keyof Destinations | 'unpinned' | 'quarantine-lifted';
type CommonRules<P extends PhaseKind> = { readonly [E in CommonEvent]: Rule<P, E> };

/** The rules that every phase has: what a person may say at any time, and a start of the machine or of the agent. */
export function anyPhase<P extends PhaseKind>(phase: P, to: Destinations): CommonRules<P> {
  return {
    pinned: { to: to.pinned, step: pinned },
    unpinned: { to: [phase], step: (state) => ({ state: { ...state, pin: undefined }, effects: [] }) },
    'quarantine-lifted': { to: [phase], step: quarantineLifted },
    'evidence-kept': { to: to['evidence-kept'], step: evidenceKept },
    booted: { to: to.booted, step: booted },
    resumed: { to: to.resumed, step: resumed },
  };
}

/** A pin stops what leads elsewhere, as long as that has not been started. */
function pinned(state: DeviceState, { at, version, reason }: At<'pinned'>): Transition {
  const pin = { version, since: at, reason };
  const { phase } = state;
  const proven: Phase = { kind: 'proven', since: at };
  switch (phase.kind) {
    case 'checking': {
      // Whatever the check would choose was chosen without the pin.
      const { state: next, effects } = pinned(
        { ...state, phase: phase.behind },
        { kind: 'pinned', at, version, reason },
      );
      return resume(next, [{ kind: 'stop-work' }, ...effects]);
    }
    case 'refused':
      return { state: { ...state, pin, phase: phase.target.version === version ? phase : proven }, effects: [] };
    case 'downloading':
      if (phase.target.version === version) break;
      return { state: { ...state, pin, phase: proven }, effects: [{ kind: 'stop-work' }, { kind: 'clean-up' }] };
    case 'staged':
    case 'armed':
      if (phase.target.version === version) break;
      return { state: { ...state, pin, phase: proven }, effects: letGo(phase.target) };
  }
  return { state: { ...state, pin }, effects: [] };
}

function quarantineLifted(state: DeviceState, { version }: At<'quarantine-lifted'>): Transition {
  const quarantine = state.quarantine.filter(({ generation }) => generation.version !== version);
  return { state: { ...state, quarantine }, effects: [] };
}

function evidenceKept(state: DeviceState, { at, report }: At<'evidence-kept'>): Transition {
  const lastFailure = state.lastFailure === undefined ? undefined : { ...state.lastFailure, report };
  const kept = { ...state, lastFailure };
  if (state.phase.kind !== 'rolled-back') return { state: kept, effects: [] };
  // What was fetched for the release that failed, and the stick that it came from, are needed no more.
  return { state: { ...kept, phase: { kind: 'proven', since: at } }, effects: [{ kind: 'clean-up' }] };
}

/** The agent alone was started again: what it was at is begun again. */
function resumed(state: DeviceState, { at, held }: At<'resumed'>): Transition {
  const next = { ...state, phase: resumedPhase(state.phase, at) };
  const unkept = next.phase.kind === 'rolled-back' ? [] : unkeptEvidence(state);
  return resume(next, [...strayEntries(next, held), ...unkept]);
}

/** A check is begun anew when it is due; a machine that was to restart and did not waits again. */
function resumedPhase(phase: Phase, at: number): Phase {
  if (phase.kind === 'checking') return phase.behind;
  if (phase.kind !== 'restarting') return phase;
  const { target, slot, round } = phase;
  return { kind: 'armed', since: at, target, slot, round, waiting: [] };
}

type At<E extends CommonEvent> = EventOf<E> & { readonly at: number };
