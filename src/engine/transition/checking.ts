import type { Checking, CheckReason, DeviceState, Resting } from '../device-state.ts';
import { isSameGeneration, isSameRelease, type Target } from '../generation.ts';
import { conflict } from './conflict.ts';
import { goBack, letGo, setAside } from './go-back.ts';
import { resume, resumeEffects } from './resume.ts';
import type { Row, Rule, Transition } from './rule.ts';

/** A check begins from any phase at rest; what is staged or armed is kept behind it. */
export function startCheck<P extends Resting['kind']>(): Rule<P, 'check-started'> {
  return {
    to: ['checking'],
    step: (state, { at, by }) => check(state, state.phase, by, at),
  };
}

function check(state: DeviceState, behind: Resting, by: CheckReason, at: number): Transition {
  return resume({ ...state, phase: { kind: 'checking', since: at, by, behind } });
}

/** What is held ready besides the running generation, if anything. */
function heldBehind({ behind }: Checking): Extract<Resting, { kind: 'staged' | 'armed' }> | undefined {
  return behind.kind === 'staged' || behind.kind === 'armed' ? behind : undefined;
}

export const CHECKING: Row<'checking'> = {
  'check-failed': {
    to: ['proven', 'refused', 'staged', 'armed'],
    step: (state, { problem }) => {
      const { failures, succeeded } = state.checks;
      return resume({ ...state, phase: state.phase.behind, checks: { failures: failures + 1, succeeded, problem } });
    },
  },
  'nothing-newer': {
    to: ['proven', 'staged', 'armed'],
    step: (state, { at }) => {
      const { behind } = state.phase;
      const phase = behind.kind === 'refused' ? ({ kind: 'proven', since: at } as const) : behind;
      return resume({ ...state, phase, checks: answered(at) });
    },
  },
  'target-refused': {
    to: ['refused', 'staged', 'armed'],
    step: (state, { at, target, objections }) => {
      const { behind } = state.phase;
      // What is held ready is still wanted: an older release that fits is better than a newer one that does not.
      const phase = heldBehind(state.phase) ?? {
        kind: 'refused' as const,
        since: sinceWhen(behind, target, at),
        target,
        objections,
      };
      return resume({ ...state, phase, checks: answered(at) });
    },
  },
  'target-withdrawn': {
    to: ['proven'],
    step: (state, { at }) => {
      const held = heldBehind(state.phase);
      if (held === undefined) throw conflict(state, 'target-withdrawn', 'nothing is staged or armed');
      return {
        state: { ...state, phase: { kind: 'proven', since: at }, checks: answered(at) },
        effects: letGo(held.target),
      };
    },
  },
  'target-chosen': {
    to: ['downloading', 'refused', 'staged', 'armed'],
    step: (state, { at, target, slot, intent }) => {
      const checked = { ...state, checks: answered(at) };
      const held = heldBehind(state.phase);
      if (held !== undefined && isSameGeneration(held.target, target)) {
        const phase = held.kind === 'staged' && intent === 'arm' ? { ...held, intent } : held;
        return resume({ ...checked, phase });
      }
      const { behind, by } = state.phase;
      if (by === 'schedule' && behind.kind === 'refused' && behind.tried && isSameRelease(behind.target, target)) {
        return resume({ ...checked, phase: behind });
      }
      // Design.md §8: the slot of the last proven generation is not written. At rest that is the running one.
      if (slot === state.running.slot || slot === state.proven.slot) {
        throw conflict(state, 'target-chosen', `slot ${slot} holds the proven generation`);
      }
      const phase = {
        kind: 'downloading',
        since: at,
        target,
        slot,
        intent,
        step: 'fetch',
        failures: 0,
        misreads: 0,
      } as const;
      return {
        state: { ...checked, phase },
        effects: [...(held === undefined ? [] : letGo(held.target)), ...resumeEffects(phase)],
      };
    },
  },
  'rollback-asked': {
    to: ['rolling-back', 'proven'],
    step: (state, event) => {
      const held = heldBehind(state.phase);
      const stop = [{ kind: 'stop-work' }] as const;
      return held === undefined ? goBack(state, event, stop) : setAside(state, held.target, event, stop);
    },
  },
};

function answered(at: number): DeviceState['checks'] {
  return { failures: 0, succeeded: at };
}

function sinceWhen(behind: Resting, target: Target, at: number): number {
  return behind.kind === 'refused' && isSameGeneration(behind.target, target) ? behind.since : at;
}
