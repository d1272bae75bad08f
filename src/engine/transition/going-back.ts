import { resume } from './resume.ts';
import type { Row } from './rule.ts';
import { expectStep, retryLater } from './steps.ts';

export const ROLLING_BACK: Row<'rolling-back'> = {
  // Design.md §8: the entry is bad on the disk before the machine restarts.
  'step-done': {
    to: ['rolling-back'],
    step: (state, { step }) => {
      expectStep(state, step, state.phase.step === 'mark-bad' ? 'mark-bad' : undefined);
      return resume({ ...state, phase: { ...state.phase, step: 'restart', failures: 0, problem: undefined } });
    },
  },
  'step-failed': {
    to: ['rolling-back'],
    step: (state, { step, problem }) => {
      expectStep(state, step, state.phase.step);
      const failures = state.phase.failures + 1;
      return retryLater({ ...state, phase: { ...state.phase, failures, problem } }, failures);
    },
  },
  'retry-due': { to: ['rolling-back'], step: (state) => resume(state) },
};

export const ROLLED_BACK: Row<'rolled-back'> = {};
