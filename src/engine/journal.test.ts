import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import type { DeviceState, Phase } from './device-state.ts';
import { failureCause } from './failure-cause.ts';
import { isWorthKeeping, journalLine, parseJournal } from './journal.ts';
import { AT_REST, generation, installed, release } from './sample-generations.fixture.ts';
import { transition } from './transition/transition.ts';

const CAUSE = failureCause('health', 'health check “web” flaps', ['one', 'two']);
const PROBLEM = { code: 'sample', message: 'it failed' };
const EVENT = { kind: 'unpinned', at: 7 } as const;
const target = release('3');
const attempts = { failures: 1, problem: PROBLEM };

const PHASES: readonly Phase[] = [
  { kind: 'proven', since: 1 },
  { kind: 'refused', since: 1, target, objections: [PROBLEM] },
  { kind: 'checking', since: 1, by: 'medium', behind: { kind: 'proven', since: 0 } },
  { kind: 'downloading', since: 1, target, slot: 1, intent: 'arm', step: 'read-back', misreads: 1, ...attempts },
  { kind: 'staged', since: 1, target: generation('3'), slot: 1, intent: 'hold', round: 2, ...attempts },
  { kind: 'armed', since: 1, target, slot: 1, round: 1, waiting: [PROBLEM], refusals: 2 },
  { kind: 'restarting', since: 1, target, slot: 1, round: 1, refusals: 2 },
  { kind: 'probation', since: 1, target, slot: 1, round: 1, start: 2 },
  { kind: 'blessing', since: 1, target, slot: 1, round: 1, ...attempts },
  {
    kind: 'rolling-back',
    since: 1,
    from: installed('3', 1),
    to: installed('2', 0),
    cause: CAUSE,
    step: 'restart',
    returns: 1,
    ...attempts,
  },
  { kind: 'rolled-back', since: 1, failed: generation('3'), cause: CAUSE },
];

function full(phase: Phase): DeviceState {
  return {
    ...AT_REST,
    phase,
    quarantine: [{ generation: generation('3'), cause: CAUSE, since: 2 }],
    pin: { version: '2', since: 3, reason: 'a fair' },
    lastFailure: { generation: generation('3'), cause: CAUSE, at: 4, report: 'r.json' },
    checks: { failures: 2, succeeded: 5, problem: PROBLEM },
  };
}

for (const phase of PHASES) {
  test(`writes and reads a state that is ${phase.kind}`, () => {
    const text = journalLine(EVENT, full(phase), 'boot');
    const { entries, unreadable } = parseJournal(text);
    assert.equal(unreadable, 0);
    assert.deepEqual(entries, [{ format: 1, at: 7, bootId: 'boot', event: EVENT, state: full(phase) }]);
  });
}

test('a line that a power cut tore is passed over, wherever it is', () => {
  const [first, second] = [PHASES[0], PHASES[5]].map((phase) => journalLine(EVENT, full(phase!), 'boot'));
  for (let cut = 1; cut < second!.length - 1; cut += 13) {
    const { entries, unreadable } = parseJournal(`${first}${second!.slice(0, cut)}\n${first}${second!.slice(0, cut)}`);
    assert.deepEqual([entries.length, unreadable], [2, 2]);
  }
});

test('whatever the file holds, reading it ends with entries that are whole', () => {
  const line = journalLine(EVENT, full(PHASES[3]!), 'boot');
  const damage = fc.tuple(fc.nat(line.length - 1), fc.string({ minLength: 1, maxLength: 4 }));
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), fc.string(), (damages, tail) => {
      const text = damages.reduce((text, [at, by]) => text.slice(0, at) + by + text.slice(at + by.length), line);
      for (const { state } of parseJournal(`${text}${tail}\n${line}`).entries) {
        assert.ok(state.proven.slot >= 0 && PHASES.some(({ kind }) => kind === state.phase.kind));
      }
    }),
  );
});

test('what a later version adds is dropped, and a phase that it invents reads as rest', () => {
  const later = {
    format: 1,
    at: 7,
    bootId: 'boot',
    event: { kind: 'soft-restarted', at: 7, how: 'quickly' },
    state: {
      ...full({ kind: 'proven', since: 0 }),
      phase: { kind: 'soft-restarting', since: 5, into: target },
      extensions: [],
      quarantine: [{ generation: generation('3'), cause: { ...CAUSE, kind: 'meteor' }, since: 2, weight: 3 }],
    },
  };
  const [entry] = parseJournal(`${JSON.stringify(later)}\n`).entries;
  assert.deepEqual(entry?.state.phase, { kind: 'proven', since: 0 });
  assert.deepEqual(entry?.state.quarantine[0]?.cause, { ...CAUSE, kind: 'inconclusive' });
  assert.ok(entry !== undefined && !('extensions' in entry.state));
});

test('whatever locks people hold, the journal can be read', () => {
  const armed: DeviceState = { ...AT_REST, phase: { kind: 'armed', since: 1, target, slot: 1, round: 1, waiting: [] } };
  const reasons = Array.from({ length: 500 }, () => ({ code: 'inhibited', message: 'because '.repeat(2000) }));
  const { state: waits } = transition(armed, { kind: 'restart-postponed', at: 2, reasons });
  const { state } = transition(waits, { kind: 'pinned', at: 3, version: target.version });
  const { entries, unreadable } = parseJournal(journalLine({ kind: 'pinned', at: 3, version: '3' }, state, 'boot'));
  assert.deepEqual([entries.length, unreadable], [1, 0]);
  assert.equal(entries[0]?.state.pin?.version, '3');
});

test('a moment that no calendar has is damage', () => {
  const text = journalLine({ kind: 'unpinned', at: 1e17 }, AT_REST, 'boot');
  assert.deepEqual(parseJournal(text), { entries: [], unreadable: 1 });
});

test('an entry of another format is passed over', () => {
  const text = journalLine(EVENT, AT_REST, 'boot').replace('"format":1', '"format":2');
  assert.deepEqual(parseJournal(text), { entries: [], unreadable: 1 });
});

test('what comes often and loses nothing is not written', () => {
  assert.equal(isWorthKeeping({ kind: 'check-started', at: 1, by: 'schedule' }), false);
  assert.equal(isWorthKeeping({ kind: 'step-done', at: 1, step: 'write' }), true);
});

test('the test vector of the format’s page', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/development/formats/journal.md'), 'utf8');
  const vector =
    page.split('\n').find((line) => line.startsWith('{"format":1,')) ?? assert.fail('the page has a vector');
  const [entry] = parseJournal(vector).entries;
  const retiring: Phase = {
    kind: 'downloading',
    since: 1_700_000_001_000,
    target,
    slot: 1,
    intent: 'arm',
    step: 'retire',
    failures: 0,
    misreads: 0,
  };
  const { wayBack: _, ...rest } = AT_REST;
  const state = { ...rest, phase: retiring, checks: { failures: 0, succeeded: 1_700_000_001_000 } };
  assert.deepEqual(entry?.state, state);
  const event = { kind: 'step-done', at: 1_700_000_002_000, step: 'fetch' } as const;
  assert.deepEqual(JSON.parse(journalLine(event, state, entry.bootId)), JSON.parse(vector));
});
