import type { PhaseKind } from '../device-state.ts';
import { anyPhase } from './any-phase.ts';
import { ARMED, RESTARTING } from './armed.ts';
import { PROVEN, REFUSED } from './at-rest.ts';
import { CHECKING } from './checking.ts';
import { ROLLED_BACK, ROLLING_BACK } from './going-back.ts';
import { DOWNLOADING, STAGED } from './installing.ts';
import { BLESSING, PROBATION } from './probation.ts';
import type { Row } from './rule.ts';

/** Where a start can lead from a phase at rest: also to what nobody expected, which proves itself, goes back, or replaces what rotted. */
const UNEXPECTED = ['probation', 'rolling-back', 'rolled-back'] as const;

/**
 * The device's state machine (design.md §8): a row for each phase, a cell for each event that may happen in it. Every other pair is an
 * error. `docs/development/update-states.md` is made from this table.
 */
export const TABLE: { readonly [P in PhaseKind]: Row<P> } = {
  proven: {
    ...PROVEN,
    ...anyPhase('proven', {
      pinned: ['proven'],
      'evidence-kept': ['proven'],
      booted: ['proven', ...UNEXPECTED],
      resumed: ['proven'],
    }),
  },
  refused: {
    ...REFUSED,
    ...anyPhase('refused', {
      pinned: ['refused', 'proven'],
      'evidence-kept': ['refused'],
      booted: ['refused', ...UNEXPECTED],
      resumed: ['refused'],
    }),
  },
  checking: {
    ...CHECKING,
    ...anyPhase('checking', {
      pinned: ['proven', 'refused', 'staged', 'armed'],
      'evidence-kept': ['checking'],
      booted: ['proven', 'refused', 'staged', 'armed', ...UNEXPECTED],
      resumed: ['proven', 'refused', 'staged', 'armed'],
    }),
  },
  downloading: {
    ...DOWNLOADING,
    ...anyPhase('downloading', {
      pinned: ['downloading', 'proven'],
      'evidence-kept': ['downloading'],
      booted: ['downloading', ...UNEXPECTED],
      resumed: ['downloading'],
    }),
  },
  staged: {
    ...STAGED,
    ...anyPhase('staged', {
      pinned: ['staged', 'proven'],
      'evidence-kept': ['staged'],
      booted: ['staged', 'armed', 'proven', ...UNEXPECTED],
      resumed: ['staged'],
    }),
  },
  armed: {
    ...ARMED,
    ...anyPhase('armed', {
      pinned: ['armed', 'proven'],
      'evidence-kept': ['armed'],
      booted: ['armed', 'staged', 'proven', ...UNEXPECTED],
      resumed: ['armed'],
    }),
  },
  restarting: {
    ...RESTARTING,
    ...anyPhase('restarting', {
      pinned: ['restarting'],
      'evidence-kept': ['restarting'],
      booted: ['armed', 'staged', 'proven', ...UNEXPECTED],
      resumed: ['armed'],
    }),
  },
  probation: {
    ...PROBATION,
    ...anyPhase('probation', {
      pinned: ['probation'],
      'evidence-kept': ['probation'],
      booted: ['armed', 'staged', 'proven', ...UNEXPECTED],
      resumed: ['probation'],
    }),
  },
  blessing: {
    ...BLESSING,
    ...anyPhase('blessing', {
      pinned: ['blessing'],
      'evidence-kept': ['blessing'],
      booted: ['blessing', 'armed', 'staged', 'proven', ...UNEXPECTED],
      resumed: ['blessing'],
    }),
  },
  'rolling-back': {
    ...ROLLING_BACK,
    ...anyPhase('rolling-back', {
      pinned: ['rolling-back'],
      'evidence-kept': ['rolling-back'],
      booted: UNEXPECTED,
      resumed: ['rolling-back'],
    }),
  },
  'rolled-back': {
    ...ROLLED_BACK,
    ...anyPhase('rolled-back', {
      pinned: ['rolled-back'],
      'evidence-kept': ['proven'],
      booted: UNEXPECTED,
      resumed: ['rolled-back'],
    }),
  },
};
