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
    step: (state, { reasons }) => ({ state: { ...state, phase: { ...state.phase, waiting: reasons } }, effects: [] }),
  },
  'restart-allowed': {
    to: ['restarting'],
    step: (state, { at }) => {
      const { target, slot, round } = state.phase;
      return resume({ ...state, phase: { kind: 'restarting', since: at, target, slot, round } });
    },
  },
  'rollback-asked': { to: ['proven'], step: (state, event) => setAside(state, state.phase.target, event) },
};

export const RESTARTING: Row<'restarting'> = {
  // What keeps the machine from restarting may go away; until then the update waits as it does for a window.
  'step-failed': {
    to: ['armed'],
    step: (state, { at, step, problem }) => {
      expectStep(state, step, 'restart');
      const { target, slot, round } = state.phase;
      const phase = { kind: 'armed', since: at, target, slot, round, waiting: [problem] } as const;
      return { state: { ...state, phase }, effects: [{ kind: 'schedule-retry', failures: 1 }] };
    },
  },
};
