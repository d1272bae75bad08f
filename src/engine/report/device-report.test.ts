import assert from 'node:assert/strict';
import test from 'node:test';
import { deviceReportSchema } from '../../model/device-report.ts';
import type { DeviceState } from '../device-state.ts';
import type { Event } from '../event.ts';
import { failureCause } from '../failure-cause.ts';
import { type JournalEntry, journalLine, parseJournal } from '../journal.ts';
import {
  AT_REST,
  DISK,
  entryView,
  generation,
  holding,
  installed,
  release,
  slotView,
} from '../sample-generations.fixture.ts';
import { transition } from '../transition/transition.ts';
import { deviceReport, type ReportInput } from './device-report.ts';
import { historyOf } from './history.ts';

const CAUSE = failureCause('health', 'health check “web” did not hold by the deadline of 600 s after the start');
const INPUT: ReportInput = {
  at: Date.UTC(2026, 10, 23),
  bootId: 'b',
  state: AT_REST,
  view: DISK,
  verified: { root: true, bootChain: 'not-enforced' },
  entries: [],
  considered: [],
  warnings: [],
};

test('a device at rest: what runs, what the slots hold, and that nothing nags without a repository', () => {
  const report = deviceReport(INPUT);
  assert.deepEqual(deviceReportSchema.parse(JSON.parse(JSON.stringify(report))), report);
  assert.equal(report.summary, 'm 2 runs and has proved itself');
  assert.equal(report.next, 'nothing: no repository is configured');
  assert.equal(report.updates, undefined);
  assert.deepEqual(
    report.generations.map(({ version, standing, running, next }) => ({ version, standing, running, next })),
    [
      { version: '2', standing: 'proven', running: true, next: true },
      { version: '1', standing: 'proven', running: false, next: false },
    ],
  );
});

test('an update that waits, and why', () => {
  const phase = {
    kind: 'armed' as const,
    since: 0,
    target: release('3'),
    slot: 1,
    round: 1 as const,
    waiting: [{ code: 'window-closed', message: 'the maintenance window opens at 02:00' }],
  };
  const view = {
    ...DISK,
    slots: [slotView(0, holding('2'), true), slotView(1, holding('3'))],
    entries: [entryView('2'), entryView('3', { left: 3, done: 0 })],
    next: 'm_3+3-0.efi',
  };
  const report = deviceReport({ ...INPUT, state: { ...AT_REST, phase }, view });
  assert.equal(report.summary, 'm 2 runs; the next start is that of 3');
  assert.equal(report.next, 'the machine restarts when it may: the maintenance window opens at 02:00');
  assert.deepEqual(report.generations[1]?.standing, 'armed');
  assert.deepEqual([report.generations[1]?.next, report.generations[1]?.triesLeft], [true, 3]);
});

test('what failed is said with its cause, and what a person set aside is told from it', () => {
  const quarantine = [
    { generation: generation('3'), cause: CAUSE, since: 1 },
    { generation: generation('4'), cause: failureCause('operator', 'it was set aside by hand'), since: 2 },
  ];
  const slots = [slotView(0, holding('2'), true), slotView(1, holding('3')), slotView(2, holding('4'))];
  const lastFailure = { generation: generation('3'), cause: CAUSE, at: 1, report: 'r.json' };
  const state: DeviceState = { ...AT_REST, wayBack: undefined, quarantine, lastFailure };
  const report = deviceReport({ ...INPUT, state, view: { ...DISK, slots } });
  assert.deepEqual(
    report.generations.map(({ standing }) => standing),
    ['proven', 'failed', 'set-aside'],
  );
  assert.equal(report.lastFailure?.cause.summary, CAUSE.summary);
  assert.equal(report.lastFailure?.report, 'r.json');
});

test('a disk that cannot be read does not keep the rest from being told', () => {
  assert.deepEqual(deviceReport({ ...INPUT, view: undefined }).generations, []);
});

/** Lets a device live through `events` and reads its journal back. */
function lived(events: readonly Event[]): { state: DeviceState; entries: readonly JournalEntry[] } {
  let state: DeviceState = AT_REST;
  let text = '';
  for (const event of events) {
    state = transition(state, event).state;
    text += journalLine(event, state, 'b');
  }
  return { state, entries: parseJournal(text).entries };
}

const held = (three: 'counted' | 'bad') => [
  { ...generation('2'), slot: 0, entry: { kind: 'proven' as const } },
  {
    ...generation('3'),
    slot: 1,
    entry: three === 'bad' ? { kind: 'bad' as const } : { kind: 'counted' as const, left: 2, done: 1 },
  },
];
const UP_TO_PROBATION: readonly Event[] = [
  { kind: 'check-started', at: 1, by: 'schedule' },
  { kind: 'target-chosen', at: 2, target: release('3'), slot: 1, intent: 'arm' },
  ...(['fetch', 'retire', 'write', 'read-back', 'commit', 'install-entry'] as const).map(
    (step, index): Event => ({ kind: 'step-done', at: 3 + index, step }),
  ),
  { kind: 'restart-allowed', at: 10 },
  {
    kind: 'booted',
    at: 11,
    bootId: 'c',
    running: installed('3', 1),
    verdict: { kind: 'clean' },
    held: held('counted'),
  },
];

test('the history of an update that was kept', () => {
  const { entries } = lived([
    ...UP_TO_PROBATION,
    { kind: 'health-held', at: 12 },
    { kind: 'step-done', at: 13, step: 'bless' },
  ]);
  assert.deepEqual(
    historyOf(entries).map(({ what, words }) => `${what}: ${words}`),
    [
      'update-began: the update to m 3 began',
      'staged: m 3 is in its slot, read back and whole',
      'armed: m 3 is what starts next',
      'started: m 3 started for the first time, on probation',
      'proven: m 3 has proved itself',
    ],
  );
});

test('the history of one that was undone', () => {
  const { state, entries } = lived([
    ...UP_TO_PROBATION,
    { kind: 'health-failed', at: 12, cause: CAUSE },
    { kind: 'step-done', at: 13, step: 'mark-bad' },
    { kind: 'booted', at: 14, bootId: 'd', running: installed('2', 0), verdict: { kind: 'clean' }, held: held('bad') },
    { kind: 'evidence-kept', at: 15, report: 'r.json' },
  ]);
  assert.deepEqual(
    historyOf(entries)
      .slice(-2)
      .map(({ what, version, words }) => [what, version, words]),
    [
      ['going-back', '3', `going back from m 3 to m 2: ${CAUSE.summary}`],
      ['rolled-back', '3', `m 2 runs instead of m 3: ${CAUSE.summary}`],
    ],
  );
  const report = deviceReport({ ...INPUT, state, entries });
  assert.deepEqual([report.phase, report.lastFailure?.report], ['proven', 'r.json']);
  assert.equal(report.history[0]?.what, 'rolled-back');
});
