import assert from 'node:assert/strict';
import test from 'node:test';
import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import {
  type CheckReason,
  type DeviceState,
  INSTALL_STEPS,
  type Phase,
  type PhaseKind,
  type Resting,
  type Round,
} from '../device-state.ts';
import type { EntryStanding, HeldGeneration } from '../disk-view.ts';
import type { Event, EventKind, StepName } from '../event.ts';
import type { BootVerdict } from '../explain-boot.ts';
import { failureCause } from '../failure-cause.ts';
import type { Installed, Release } from '../generation.ts';
import { AT_REST, generation, installed, release } from '../sample-generations.fixture.ts';
import { MAX_MISREADS, MAX_STEP_FAILURES } from './installing.ts';
import { resumeEffects } from './resume.ts';
import { TABLE } from './table.ts';
import { accepts, transition } from './transition.ts';

const CAUSE = failureCause('health', 'health check “web” flaps');
const PROBLEM = { code: 'sample', message: 'it failed' };
const TARGET = release('3');
const ON_TARGET = { ...AT_REST, running: installed('3', 1), wayBack: undefined };
const since = 1;
const slot = 1;
const ROUNDS: readonly Round[] = [1, 2];
const intents = ['hold', 'arm'] as const;

const AT_REST_PHASES: readonly Resting[] = [
  { kind: 'proven', since },
  { kind: 'refused', since, target: TARGET, objections: [PROBLEM] },
  { kind: 'refused', since, target: TARGET, objections: [PROBLEM], tried: true },
  ...ROUNDS.flatMap((round) =>
    intents.flatMap((intent) =>
      [0, MAX_STEP_FAILURES - 1].map(
        (failures): Resting => ({ kind: 'staged', since, target: TARGET, slot, intent, round, failures }),
      ),
    ),
  ),
  ...ROUNDS.map((round): Resting => ({ kind: 'armed', since, target: TARGET, slot, round, waiting: [] })),
];

/** Every phase, in all variants that matter. */
const STATES: readonly DeviceState[] = [
  ...AT_REST_PHASES,
  ...AT_REST_PHASES.map((behind): Phase => ({ kind: 'checking', since, by: 'schedule', behind })),
  ...INSTALL_STEPS.flatMap((step) =>
    intents.flatMap((intent) =>
      [0, MAX_STEP_FAILURES - 1].flatMap((failures) =>
        [0, MAX_MISREADS - 1].map(
          (misreads): Phase => ({ kind: 'downloading', since, target: TARGET, slot, intent, step, failures, misreads }),
        ),
      ),
    ),
  ),
  ...ROUNDS.map((round): Phase => ({ kind: 'restarting', since, target: TARGET, slot, round })),
]
  .flatMap((phase): DeviceState[] => [
    { ...AT_REST, phase },
    { ...AT_REST, phase, wayBack: undefined },
  ])
  .concat(
    ...ROUNDS.flatMap((round): DeviceState[] => [
      { ...ON_TARGET, phase: { kind: 'probation', since, target: TARGET, slot, round, start: 1 } },
      { ...ON_TARGET, phase: { kind: 'blessing', since, target: TARGET, slot, round, failures: 0 } },
    ]),
    ...(['mark-bad', 'restart'] as const).flatMap((step): DeviceState[] =>
      [0, 2].map((returns) => ({
        ...ON_TARGET,
        phase: {
          kind: 'rolling-back',
          since,
          from: installed('3', 1),
          to: installed('2', 0),
          cause: CAUSE,
          step,
          returns,
          failures: 0,
        },
      })),
    ),
    { ...AT_REST, wayBack: undefined, phase: { kind: 'rolled-back', since, failed: generation('3'), cause: CAUSE } },
  );

const STEPS: readonly StepName[] = [...INSTALL_STEPS, 'install-entry', 'bless', 'mark-bad', 'restart'];
const STANDINGS: readonly EntryStanding[] = [
  { kind: 'none' },
  { kind: 'proven' },
  { kind: 'bad' },
  { kind: 'counted', left: 2, done: 1 },
  { kind: 'counted', left: 1, done: 2 },
];
const VERDICTS: readonly BootVerdict[] = [
  { kind: 'clean' },
  { kind: 'inconclusive' },
  { kind: 'failed', cause: CAUSE },
  { kind: 'failed', cause: CAUSE, rootHash: TARGET.rootHash },
];

function held(version: string, slot: number, entry: EntryStanding): HeldGeneration {
  return { ...generation(version), slot, entry };
}

/** Starts of everything that can start, with every standing of the other slot's entry. */
const BOOTS: readonly Event[] = VERDICTS.flatMap((verdict) =>
  STANDINGS.flatMap((entry) =>
    (
      [
        [installed('2', 0), [held('2', 0, { kind: 'proven' }), held('3', 1, entry)]],
        [installed('2', 0), [held('2', 0, { kind: 'proven' }), held('1', 1, entry)]],
        [installed('3', 1), [held('2', 0, { kind: 'proven' }), held('3', 1, entry)]],
        [installed('1', 1), [held('2', 0, { kind: 'proven' }), held('1', 1, entry)]],
        [installed('9', 1), [held('2', 0, { kind: 'proven' }), held('9', 1, entry)]],
        [installed('8', 1), [held('2', 0, { kind: 'proven' }), held('8', 1, entry)]],
      ] as const satisfies readonly (readonly [Installed, readonly HeldGeneration[]])[]
    ).map(
      ([running, generations]): Event => ({ kind: 'booted', at: 2, bootId: 'b', running, verdict, held: generations }),
    ),
  ),
);

const at = 2;
const EVENTS: { readonly [Kind in EventKind]: readonly Event[] } = {
  'check-started': [{ kind: 'check-started', at, by: 'schedule' }],
  'check-failed': [{ kind: 'check-failed', at, problem: PROBLEM }],
  'nothing-newer': [{ kind: 'nothing-newer', at }],
  'target-chosen': [
    { kind: 'target-chosen', at, target: TARGET, slot: 1, intent: 'arm' },
    { kind: 'target-chosen', at, target: release('4'), slot: 1, intent: 'arm' },
    { kind: 'target-chosen', at, target: TARGET, slot: 0, intent: 'arm' },
  ],
  'target-refused': [{ kind: 'target-refused', at, target: release('4'), objections: [PROBLEM] }],
  'target-withdrawn': [{ kind: 'target-withdrawn', at, why: PROBLEM }],
  'step-done': STEPS.map((step) => ({ kind: 'step-done', at, step })),
  'step-failed': STEPS.flatMap((step): Event[] => [
    { kind: 'step-failed', at, step, problem: PROBLEM, retry: 'later' },
    { kind: 'step-failed', at, step, problem: PROBLEM, retry: 'never' },
  ]),
  'retry-due': [{ kind: 'retry-due', at }],
  'arm-asked': [{ kind: 'arm-asked', at }],
  'hold-asked': [{ kind: 'hold-asked', at }],
  'restart-postponed': [{ kind: 'restart-postponed', at, reasons: [PROBLEM] }],
  'restart-allowed': [{ kind: 'restart-allowed', at }],
  'health-held': [{ kind: 'health-held', at }],
  'health-failed': [{ kind: 'health-failed', at, cause: CAUSE }],
  'rollback-asked': [{ kind: 'rollback-asked', at }],
  pinned: ['3', '2'].map((version) => ({ kind: 'pinned', at, version })),
  unpinned: [{ kind: 'unpinned', at }],
  'quarantine-lifted': [{ kind: 'quarantine-lifted', at, version: '9' }],
  'evidence-kept': [{ kind: 'evidence-kept', at, report: 'r.json' }],
  booted: BOOTS,
  resumed: [{ kind: 'resumed', at, held: [] }],
};

const PHASES = Object.keys(TABLE) as PhaseKind[];
const KINDS = Object.keys(EVENTS) as EventKind[];
const withQuarantine = (state: DeviceState): DeviceState => ({
  ...state,
  quarantine: [{ generation: generation('9'), cause: CAUSE, since: 0 }],
});

for (const phase of PHASES) {
  test(`every event while ${phase} leads where the table says, or is refused`, () => {
    const states = STATES.filter((state) => state.phase.kind === phase).map(withQuarantine);
    assert.ok(states.length > 0);
    for (const kind of KINDS) {
      const found = new Set<PhaseKind>();
      for (const event of EVENTS[kind]) {
        for (const state of states) {
          const next = outcome(state, event);
          if (next !== undefined) found.add(next);
        }
      }
      assert.deepEqual([...found].sort(), [...(TABLE[phase][kind]?.to ?? [])].sort(), `${phase} × ${kind}`);
      assert.ok(states.every((state) => accepts(state, kind) === (TABLE[phase][kind] !== undefined)));
    }
  });
}

/** The next phase; undefined when the pair is refused, which changes nothing. */
function outcome(state: DeviceState, event: Event): PhaseKind | undefined {
  const before = structuredClone(state);
  try {
    const { state: next, effects } = transition(state, event);
    const answered = effects.filter(({ kind }) => (STEPS as readonly string[]).includes(kind));
    assert.ok(answered.length === 0 || effects.at(-1) === answered[0], 'a step is the last of its list');
    return next.phase.kind;
  } catch (error) {
    assert.ok(
      error instanceof AshlarError && ['device-state-conflict', 'no-way-back'].includes(error.code),
      String(error),
    );
    return undefined;
  } finally {
    assert.deepEqual(state, before, 'a state is never changed');
  }
}

test('an update takes its steps in the order of writing', () => {
  let state: DeviceState = {
    ...AT_REST,
    phase: { kind: 'checking', since, by: 'schedule', behind: { kind: 'proven', since } },
  };
  const kinds: string[] = [];
  const happen = (event: Event) => {
    const next = transition(state, event);
    state = next.state;
    kinds.push(...next.effects.map(({ kind }) => kind));
  };
  happen({ kind: 'target-chosen', at: 2, target: TARGET, slot, intent: 'arm' });
  for (const step of INSTALL_STEPS) happen({ kind: 'step-done', at: 3, step });
  happen({ kind: 'step-done', at: 4, step: 'install-entry' });
  happen({ kind: 'restart-allowed', at: 5 });
  assert.deepEqual(kinds, [
    ...['fetch', 'retire', 'write', 'read-back', 'commit', 'install-entry'],
    ...['clean-up', 'seek-restart', 'restart'],
  ]);
});

test('health that held makes the target proven, and what was proven the way back', () => {
  const probation: DeviceState = {
    ...ON_TARGET,
    phase: { kind: 'probation', since, target: TARGET, slot, round: 1, start: 1 },
  };
  const held = transition(probation, { kind: 'health-held', at });
  assert.deepEqual(held.effects, [{ kind: 'bless', target: TARGET }]);
  assert.deepEqual(held.state.proven, installed('2', 0), 'not before its entry is permanent');
  const { state } = transition(held.state, { kind: 'step-done', at, step: 'bless' });
  assert.deepEqual([state.phase.kind, state.proven, state.wayBack], ['proven', installed('3', 1), installed('2', 0)]);
});

test('a failed verdict marks the entry bad, and only then restarts', () => {
  const probation: DeviceState = {
    ...ON_TARGET,
    phase: { kind: 'probation', since, target: TARGET, slot, round: 1, start: 1 },
  };
  const failed = transition(probation, { kind: 'health-failed', at, cause: CAUSE });
  const marked = transition(failed.state, { kind: 'step-done', at, step: 'mark-bad' });
  assert.deepEqual(
    [failed.effects, marked.effects].map((effects) => effects.map(({ kind }) => kind)),
    [['stop-judging', 'mark-bad'], ['restart']],
  );
});

test('the slot of what runs is never chosen for an update', () => {
  const checking: DeviceState = {
    ...AT_REST,
    phase: { kind: 'checking', since, by: 'schedule', behind: { kind: 'proven', since } },
  };
  const chosen: Event = { kind: 'target-chosen', at, target: TARGET, slot: AT_REST.running.slot, intent: 'arm' };
  assert.throws(() => transition(checking, chosen), { code: 'device-state-conflict' });
});

test('what was let go or set aside is not left to the loader when its removal was interrupted', () => {
  const state = withQuarantine(AT_REST);
  const entries = [held('2', 0, { kind: 'proven' }), held('3', 1, { kind: 'counted', left: 3, done: 0 })];
  const { effects } = transition(state, { kind: 'resumed', at, held: [...entries, held('9', 2, { kind: 'proven' })] });
  assert.deepEqual(effects, [
    { kind: 'remove-entry', generation: generation('3') },
    { kind: 'repair-entry', generation: generation('9'), standing: 'bad' },
  ]);
});

test('a newer entry that was passed over is marked, or the next start would be its', () => {
  const entries = [
    held('2', 0, { kind: 'proven' }),
    held('1', 1, { kind: 'proven' }),
    held('3', 2, { kind: 'proven' }),
  ];
  const { effects, state } = transition(AT_REST, {
    kind: 'booted',
    at,
    bootId: 'b',
    running: installed('2', 0),
    verdict: { kind: 'clean' },
    held: entries,
  });
  assert.deepEqual(effects[0], { kind: 'repair-entry', generation: generation('3'), standing: 'bad' });
  assert.deepEqual(state.wayBack, installed('1', 1));
});

test('of several generations to go back to it is the one that the loader would start', () => {
  const others = ['1', '3', '10'].map((version, index) => held(version, index + 1, { kind: 'proven' }));
  const boot: Event = {
    kind: 'booted',
    at,
    bootId: 'b',
    running: installed('11', 0),
    verdict: { kind: 'clean' },
    held: [held('11', 0, { kind: 'proven' }), ...others],
  };
  const { state } = transition({ ...AT_REST, running: installed('11', 0), proven: installed('11', 0) }, boot);
  assert.equal(state.wayBack?.version, '10');
});

test('a slot that gives back something else is retired and written again, and three times is enough', () => {
  let state: DeviceState = {
    ...AT_REST,
    phase: {
      kind: 'downloading',
      since,
      target: TARGET,
      slot,
      intent: 'arm',
      step: 'read-back',
      failures: 0,
      misreads: 0,
    },
  };
  for (let misreads = 1; misreads < MAX_MISREADS; misreads++) {
    state = transition(state, {
      kind: 'step-failed',
      at: 2,
      step: 'read-back',
      problem: PROBLEM,
      retry: 'later',
    }).state;
    const again = transition(state, { kind: 'retry-due', at: 3 });
    assert.deepEqual(again.effects, [{ kind: 'retire', slot }]);
    for (const step of ['retire', 'write'] as const)
      state = transition(state, { kind: 'step-done', at: 4, step }).state;
  }
  const last = transition(state, { kind: 'step-failed', at: 5, step: 'read-back', problem: PROBLEM, retry: 'later' });
  assert.equal(last.state.phase.kind, 'refused');
});

test('what could not be installed is left alone by the schedule until something has changed', () => {
  const phase = { kind: 'refused', since, target: TARGET, objections: [PROBLEM], tried: true } as const;
  const refused: DeviceState = { ...AT_REST, phase };
  const chosen = { kind: 'target-chosen', at, target: TARGET, slot: 1, intent: 'arm' } as const;
  const asked = (state: DeviceState, by: CheckReason, target: Release = TARGET): PhaseKind => {
    const checking = transition(state, { kind: 'check-started', at, by }).state;
    return transition(checking, { ...chosen, target }).state.phase.kind;
  };
  assert.equal(asked(refused, 'schedule'), 'refused');
  assert.equal(asked(refused, 'operator'), 'downloading');
  const signedAgain = { ...TARGET, manifest: { ...TARGET.manifest, sha256: sha256('signed') } };
  assert.equal(asked(refused, 'schedule', signedAgain), 'downloading');
  const boot = {
    kind: 'booted',
    at,
    bootId: 'b',
    running: AT_REST.running,
    verdict: { kind: 'clean' },
    held: [],
  } as const;
  const started = transition(refused, boot).state;
  assert.deepEqual(started.phase, { ...phase, tried: undefined });
  assert.equal(asked(started, 'schedule'), 'downloading');
});

test('the way back ends when its slot is retired, not before', () => {
  const fetching: DeviceState = {
    ...AT_REST,
    phase: { kind: 'downloading', since, target: TARGET, slot, intent: 'arm', step: 'fetch', failures: 0, misreads: 0 },
  };
  assert.deepEqual(fetching.wayBack, installed('1', 1));
  assert.equal(transition(fetching, { kind: 'step-done', at: 2, step: 'fetch' }).state.wayBack, undefined);
});

test('a clean restart in a probation gives its try back, a power cut does not', () => {
  const probation: DeviceState = {
    ...ON_TARGET,
    phase: { kind: 'probation', since, target: TARGET, slot, round: 1, start: 1 },
  };
  const restart = (verdict: BootVerdict) =>
    transition(probation, {
      kind: 'booted',
      at: 2,
      bootId: 'b',
      running: installed('3', 1),
      verdict,
      held: [held('2', 0, { kind: 'proven' }), held('3', 1, { kind: 'counted', left: 1, done: 2 })],
    }).effects.map(({ kind }) => kind);
  assert.deepEqual(restart({ kind: 'clean' }), ['give-try-back', 'judge-health']);
  assert.deepEqual(restart({ kind: 'inconclusive' }), ['judge-health']);
});

test('a panic of the older generation is not held against the newer one at its first start', () => {
  const armed: DeviceState = {
    ...AT_REST,
    phase: { kind: 'armed', since, target: TARGET, slot, round: 1, waiting: [] },
  };
  const start = (done: number, rootHash = undefined as string | undefined) =>
    transition(armed, {
      kind: 'booted',
      at: 2,
      bootId: 'b',
      running: installed('3', 1),
      verdict: { kind: 'failed', cause: CAUSE, rootHash: rootHash === undefined ? undefined : TARGET.rootHash },
      held: [held('2', 0, { kind: 'proven' }), held('3', 1, { kind: 'counted', left: 3 - done, done })],
    });
  assert.equal(start(1).state.phase.kind, 'probation');
  assert.ok(
    start(1).effects.some(({ kind }) => kind === 'keep-evidence'),
    'and is cleared away',
  );
  assert.equal(start(2).state.phase.kind, 'rolling-back');
  assert.equal(start(1, 'its own').state.phase.kind, 'rolling-back');
});

test('evidence that could not be kept yet is not held against anybody a second time', () => {
  const lastFailure = { generation: generation('2'), cause: CAUSE, at: 1 };
  const probation: DeviceState = {
    ...ON_TARGET,
    lastFailure,
    phase: { kind: 'probation', since, target: TARGET, slot, round: 1, start: 1 },
  };
  const boot: Event = {
    kind: 'booted',
    at,
    bootId: 'b',
    running: installed('3', 1),
    verdict: { kind: 'failed', cause: CAUSE },
    held: [held('2', 0, { kind: 'proven' }), held('3', 1, { kind: 'counted', left: 1, done: 2 })],
  };
  const { state, effects } = transition(probation, boot);
  assert.equal(state.phase.kind, 'probation');
  assert.deepEqual(effects[0], { kind: 'keep-evidence', failed: generation('2'), cause: CAUSE });
  const kept = { ...probation, lastFailure: { ...lastFailure, report: 'r.json' } };
  assert.equal(transition(kept, boot).state.phase.kind, 'rolling-back');
});

test('two rounds of tries without evidence: armed once more, then set aside', () => {
  const bad = [held('2', 0, { kind: 'proven' }), held('3', 1, { kind: 'bad' })];
  const back: Event = {
    kind: 'booted',
    at: 2,
    bootId: 'b',
    running: installed('2', 0),
    verdict: { kind: 'inconclusive' },
    held: bad,
  };
  const first = transition(
    { ...AT_REST, phase: { kind: 'armed', since, target: TARGET, slot, round: 1, waiting: [] } },
    back,
  );
  assert.deepEqual(first.state.phase.kind === 'staged' && first.state.phase.round, 2);
  const second = transition(
    { ...AT_REST, phase: { kind: 'armed', since, target: TARGET, slot, round: 2, waiting: [] } },
    back,
  );
  assert.equal(second.state.phase.kind, 'rolled-back');
  assert.deepEqual(
    second.state.quarantine.map(({ generation, cause }) => [generation.version, cause.kind]),
    [['3', 'inconclusive']],
  );
});

test('a loader that starts the older one although it was restarted for the newer does not make the machine restart for ever', () => {
  const ignored: Event = {
    kind: 'booted',
    at,
    bootId: 'b',
    running: installed('2', 0),
    verdict: { kind: 'clean' },
    held: [held('2', 0, { kind: 'proven' }), held('3', 1, { kind: 'counted', left: 3, done: 0 })],
  };
  const restarting = (round: Round): DeviceState => ({
    ...AT_REST,
    phase: { kind: 'restarting', since, target: TARGET, slot, round },
  });
  const first = transition(restarting(1), ignored).state.phase;
  assert.deepEqual([first.kind, first.kind === 'armed' && first.round], ['armed', 2]);
  assert.equal(transition(restarting(2), ignored).state.phase.kind, 'rolled-back');
});

test('what is to be done in a phase can be asked for again', () => {
  for (const { phase } of STATES) assert.deepEqual(resumeEffects(phase), resumeEffects(structuredClone(phase)));
  const restarting = STATES.filter(({ phase }) => phase.kind === 'restarting');
  for (const state of restarting) {
    assert.deepEqual(transition(state, { kind: 'resumed', at: 2, held: [] }).effects, [{ kind: 'seek-restart' }]);
  }
});

test('a machine that does not restart is told so less and less often', () => {
  let state: DeviceState = {
    ...AT_REST,
    phase: { kind: 'armed', since, target: TARGET, slot, round: 1, waiting: [] },
  };
  const pauses: number[] = [];
  for (let at = 2; at < 6; at++) {
    const asked = transition(state, { kind: 'restart-allowed', at });
    const step = { kind: 'step-failed', at, step: 'restart', problem: PROBLEM, retry: 'later' } as const;
    const refused = transition(asked.state, step);
    for (const effect of refused.effects) if (effect.kind === 'schedule-retry') pauses.push(effect.failures);
    state = transition(refused.state, { kind: 'retry-due', at }).state;
  }
  assert.deepEqual(pauses, [1, 2, 3, 4]);
});

test('an update that is given up because /var is full leaves nothing there', () => {
  const failed = (code: string) =>
    transition(
      {
        ...AT_REST,
        phase: {
          kind: 'downloading',
          since,
          target: TARGET,
          slot,
          intent: 'arm',
          step: 'fetch',
          failures: MAX_STEP_FAILURES - 1,
          misreads: 0,
        },
      },
      { kind: 'step-failed', at: 2, step: 'fetch', problem: { code, message: 'it failed' }, retry: 'later' },
    );
  assert.deepEqual(failed('disk-full').effects, [{ kind: 'clean-up' }]);
  assert.deepEqual(failed('repository-unreachable').effects, [], 'what has come is gone on with');
});

test('what was fetched for a release that failed goes once the evidence is kept', () => {
  const back: DeviceState = {
    ...AT_REST,
    phase: { kind: 'rolled-back', since, failed: generation('3'), cause: CAUSE },
  };
  const kept = transition(back, { kind: 'evidence-kept', at: 2, report: 'r.json' });
  assert.deepEqual(kept.effects, [{ kind: 'clean-up' }]);
  assert.deepEqual(transition(AT_REST, { kind: 'evidence-kept', at: 2, report: 'r.json' }).effects, []);
});
