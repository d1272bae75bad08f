import { blessed } from './blessed.ts';
import { endProbation, startGoingBack } from './go-back.ts';
import { resume } from './resume.ts';
import type { Row } from './rule.ts';
import { expectStep, retryLater } from './steps.ts';

export const PROBATION: Row<'probation'> = {
  'health-held': {
    to: ['blessing'],
    step: (state, { at }) => {
      const { target, slot, round } = state.phase;
      return resume({ ...state, phase: { kind: 'blessing', since: at, target, slot, round, failures: 0 } });
    },
  },
  'health-failed': {
    to: ['rolling-back'],
    step: (state, { at, cause }) => startGoingBack(state, { from: state.running, to: state.proven, cause, at }),
  },
  'rollback-asked': { to: ['rolling-back'], step: endProbation },
};

export const BLESSING: Row<'blessing'> = {
  'step-done': {
    to: ['proven'],
    step: (state, { at, step }) => {
      expectStep(state, step, 'bless');
      return blessed(state, at);
    },
  },
  // It is healthy all the same, so it is not given up; but until its entry is permanent the next start may be the older one's.
  'step-failed': {
    to: ['blessing'],
    step: (state, { step, problem }) => {
      expectStep(state, step, 'bless');
      const failures = state.phase.failures + 1;
      return retryLater({ ...state, phase: { ...state.phase, failures, problem } }, failures);
    },
  },
  'retry-due': { to: ['blessing'], step: (state) => resume(state) },
  'rollback-asked': { to: ['rolling-back'], step: endProbation },
};
