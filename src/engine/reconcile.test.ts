import assert from 'node:assert/strict';
import test from 'node:test';
import type { DeviceState } from './device-state.ts';
import type { BootEvidence } from './explain-boot.ts';
import type { JournalEntry } from './journal.ts';
import { type BootFacts, reconcile } from './reconcile.ts';
import {
  AT_REST,
  DISK,
  entryView,
  generation,
  holding,
  installed,
  release,
  slotView,
} from './sample-generations.fixture.ts';

const EVIDENCE: BootEvidence = { panics: [], watchdog: 'unknown', shutdown: 'unclean' };
const FACTS: BootFacts = { at: 9, bootId: 'new', running: generation('2'), evidence: EVIDENCE };
const STAGING: DeviceState = {
  ...AT_REST,
  phase: {
    kind: 'downloading',
    since: 1,
    target: release('3'),
    slot: 1,
    intent: 'arm',
    step: 'commit',
    failures: 0,
    misreads: 0,
  },
};

function entry(state: DeviceState, bootId: string): JournalEntry {
  return { format: 1, at: 8, bootId, event: { kind: 'step-done' }, state };
}

test('from the factory: what runs is proven, and what else has no counter is the way back', () => {
  const { state, event } = reconcile(undefined, DISK, FACTS);
  assert.equal(event.kind, 'booted');
  assert.deepEqual([state.phase.kind, state.proven, state.wayBack], ['proven', installed('2', 0), installed('1', 1)]);
});

test('a journal that was lost during a probation: it begins again, nothing is proven by that', () => {
  for (const left of [1, 0]) {
    const view = { ...DISK, entries: [entryView('2', { left, done: 2 }), entryView('1')] };
    const { state } = reconcile(undefined, view, FACTS);
    assert.deepEqual([state.phase.kind, state.proven], ['probation', installed('1', 1)]);
  }
});

test('the agent was started again: the step that was begun is begun again', () => {
  const { event, effects } = reconcile(entry(STAGING, 'new'), DISK, FACTS);
  assert.equal(event.kind, 'resumed');
  assert.deepEqual(
    effects.map(({ kind }) => kind),
    ['commit'],
  );
});

test('the machine was started again: a slot that was to be named is read back first', () => {
  const { event, effects } = reconcile(entry(STAGING, 'old'), DISK, FACTS);
  assert.equal(event.kind, 'booted');
  assert.deepEqual(
    effects.map(({ kind }) => kind),
    ['clear-start-count', 'read-back'],
  );
});

test('an entry of the proven generation that got a counter loses it', () => {
  const view = { ...DISK, entries: [entryView('2', { left: 0, done: 3 }), entryView('1')] };
  const { effects } = reconcile(entry(AT_REST, 'old'), view, FACTS);
  assert.deepEqual(effects[0], { kind: 'repair-entry', generation: installed('2', 0), standing: 'proven' });
});

test('what runs from no slot of the disk is refused', () => {
  const view = { ...DISK, slots: [slotView(0, holding('5'))] };
  assert.throws(() => reconcile(undefined, view, FACTS), { code: 'device-state-conflict' });
});

test('a proven generation that crashed is told of, and nothing replaces it', () => {
  const evidence = { ...EVIDENCE, panics: [{ lines: ['Kernel panic - not syncing: no'] }] };
  const { state, effects } = reconcile(entry(AT_REST, 'old'), DISK, { ...FACTS, evidence });
  assert.deepEqual([state.phase.kind, state.quarantine, state.lastFailure?.cause.kind], ['proven', [], 'panic']);
  assert.ok(effects.some(({ kind }) => kind === 'keep-evidence'));
});
