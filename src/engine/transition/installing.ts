import {
  type DeviceState,
  type Downloading,
  INSTALL_STEPS,
  type InstallStep,
  type Objection,
} from '../device-state.ts';
import { startCheck } from './checking.ts';
import { goBack, letGo, setAside } from './go-back.ts';
import { resume } from './resume.ts';
import type { Row, Transition } from './rule.ts';
import { expectStep, retryLater } from './steps.ts';

/**
 * So often in a row a step may fail before the update is given up and the repository asked anew: with the back-off of `retryDelay` that
 * is most of a day, in which the release may have been withdrawn.
 */
export const MAX_STEP_FAILURES = 8;
/** A slot that gave back something else than was written so often is not trusted. */
export const MAX_MISREADS = 3;

export const DOWNLOADING: Row<'downloading'> = {
  'step-done': {
    to: ['downloading', 'staged'],
    step: (state, { at, step }) => {
      const { phase } = state;
      expectStep(state, step, phase.step);
      const next = INSTALL_STEPS[INSTALL_STEPS.indexOf(phase.step) + 1];
      if (next !== undefined) return resume(atStep(state, next));
      const { target, slot, intent } = phase;
      return resume({ ...state, phase: { kind: 'staged', since: at, target, slot, intent, round: 1, failures: 0 } });
    },
  },
  'step-failed': {
    to: ['downloading', 'refused', 'proven'],
    step: (state, { at, step, problem, retry }) => {
      const { phase } = state;
      expectStep(state, step, phase.step);
      const misreads = phase.misreads + Number(step === 'read-back');
      if (retry === 'never' || misreads >= MAX_MISREADS) {
        const { target } = phase;
        const refused = { kind: 'refused', since: at, target, objections: [problem], tried: true } as const;
        return { state: { ...state, phase: refused }, effects: [{ kind: 'clean-up' }] };
      }
      const failures = phase.failures + 1;
      if (failures >= MAX_STEP_FAILURES) return giveUp(state, problem, at);
      // It is written again from the beginning: the table may name the slot already, if a commit was cut short.
      const again = step === 'read-back' ? ('retire' as const) : phase.step;
      return retryLater({ ...state, phase: { ...phase, step: again, failures, misreads, problem } }, failures);
    },
  },
  'retry-due': { to: ['downloading'], step: (state) => resume(state) },
  'arm-asked': {
    to: ['downloading'],
    step: (state) => ({ state: { ...state, phase: { ...state.phase, intent: 'arm' } }, effects: [] }),
  },
  'hold-asked': {
    to: ['downloading'],
    step: (state) => ({ state: { ...state, phase: { ...state.phase, intent: 'hold' } }, effects: [] }),
  },
  'rollback-asked': {
    to: ['rolling-back'],
    step: (state, event) => goBack(state, event, [{ kind: 'stop-work' }]),
  },
};

export const STAGED: Row<'staged'> = {
  'check-started': startCheck(),
  'arm-asked': {
    to: ['staged'],
    step: (state) =>
      state.phase.intent === 'arm'
        ? { state, effects: [] }
        : resume({ ...state, phase: { ...state.phase, intent: 'arm', failures: 0, problem: undefined } }),
  },
  'step-done': {
    to: ['armed'],
    step: (state, { at, step }) => {
      const { target, slot, round, intent } = state.phase;
      expectStep(state, step, intent === 'arm' ? 'install-entry' : undefined);
      const phase = { kind: 'armed', since: at, target, slot, round, waiting: [] } as const;
      return resume({ ...state, phase }, [{ kind: 'clean-up' }]);
    },
  },
  'step-failed': {
    to: ['staged', 'refused', 'proven'],
    step: (state, { at, step, problem, retry }) => {
      const { phase } = state;
      expectStep(state, step, phase.intent === 'arm' ? 'install-entry' : undefined);
      const failures = phase.failures + 1;
      if (retry === 'never') {
        const { target } = phase;
        const refused = { kind: 'refused', since: at, target, objections: [problem], tried: true } as const;
        return { state: { ...state, phase: refused }, effects: letGo(target) };
      }
      if (failures >= MAX_STEP_FAILURES) return giveUp(state, problem, at);
      return retryLater({ ...state, phase: { ...phase, failures, problem } }, failures);
    },
  },
  'retry-due': { to: ['staged'], step: (state) => resume(state) },
  'rollback-asked': {
    to: ['proven'],
    step: (state, event) => setAside(state, state.phase.target, event),
  },
};

/** The state at the beginning of `step`. From `retire` on, what the slot held is no way back any more. */
export function atStep(
  state: DeviceState & { readonly phase: Downloading },
  step: InstallStep,
): DeviceState & { readonly phase: Downloading } {
  const { phase } = state;
  const wayBack = step !== 'fetch' && state.wayBack?.slot === phase.slot ? undefined : state.wayBack;
  return { ...state, wayBack, phase: { ...phase, step, failures: 0, problem: undefined } };
}

function giveUp(state: DeviceState, problem: Objection, at: number): Transition {
  const { failures, succeeded } = state.checks;
  const given = {
    ...state,
    phase: { kind: 'proven', since: at } as const,
    checks: { failures: failures + 1, succeeded, problem },
  };
  // What is on /var stays for the next time, unless it is what fills it: the machine needs the space more.
  return { state: given, effects: problem.code === 'disk-full' ? [{ kind: 'clean-up' }] : [] };
}
