import type { Objection } from '../device-state.ts';
import { startCheck } from './checking.ts';
import { setAside } from './go-back.ts';
import { resume } from './resume.ts';
import type { Row } from './rule.ts';
import { expectStep } from './steps.ts';

export const ARMED: Row<'armed'> = {
  'check-started': startCheck(),
  'retry-due': { to: ['armed'], step: (state) => resume(state) },
  'arm-asked': { to: ['armed'], step: (state) => ({ state, effects: [] }) },
  'restart-postponed': {
    to: ['armed'],
    step: (state, { reasons }) => ({
      state: { ...state, phase: { ...state.phase, waiting: boundedReasons(reasons) } },
      effects: [],
    }),
  },
  'restart-allowed': {
    to: ['restarting'],
    step: (state, { at }) => {
      const { target, slot, round, refusals } = state.phase;
      return resume({ ...state, phase: { kind: 'restarting', since: at, target, slot, round, refusals } });
    },
  },
  'rollback-asked': { to: ['proven'], step: (state, event) => setAside(state, state.phase.target, event) },
};

export const RESTARTING: Row<'restarting'> = {
  // What keeps the machine from restarting may go away; until then the update waits as it does for a window, longer each time: what never
  // goes away (an entry that somebody removed) must not fill the journal.
  'step-failed': {
    to: ['armed'],
    step: (state, { at, step, problem }) => {
      expectStep(state, step, 'restart');
      const { target, slot, round } = state.phase;
      const refusals = (state.phase.refusals ?? 0) + 1;
      const phase = { kind: 'armed', since: at, target, slot, round, waiting: [problem], refusals } as const;
      return { state: { ...state, phase }, effects: [{ kind: 'schedule-retry', failures: refusals }] };
    },
  },
};

/** So many reasons to wait, and so much of each, a person reads. */
const MAX_REASONS = 16;
const MAX_REASON_CHARACTERS = 400;

/** Anybody on the machine may take locks, as many as they like, and say why at any length: the journal has bounds. */
function boundedReasons(reasons: readonly Objection[]): Objection[] {
  return reasons
    .slice(0, MAX_REASONS)
    .map(({ code, message }) => ({ code, message: message.slice(0, MAX_REASON_CHARACTERS) }));
}
