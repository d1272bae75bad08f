import type { DeviceState, Phase } from '../../../src/engine/device-state.ts';
import { failureCause } from '../../../src/engine/failure-cause.ts';
import { journalLine, parseJournal } from '../../../src/engine/journal.ts';
import { deviceReport } from '../../../src/engine/report/device-report.ts';
import { AT_REST, DISK, generation, installed, release } from '../../../src/engine/sample-generations.fixture.ts';
import { transition } from '../../../src/engine/transition/transition.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

/** Milliseconds since 1970. */
const AT = Date.UTC(2030, 0, 1);
const cause = failureCause('health', 'the health check “web” flaps', ['one', 'two']);
const attempts = { failures: 1, problem: { code: 'sample', message: 'it failed' } };
const target = release('3');

const VERIFIED = { root: true, bootChain: 'unknown' } as const;
const PHASES: readonly Phase[] = [
  { kind: 'checking', since: AT, by: 'medium', behind: { kind: 'proven', since: AT } },
  { kind: 'downloading', since: AT, target, slot: 1, intent: 'arm', step: 'read-back', misreads: 1, ...attempts },
  { kind: 'probation', since: AT, target, slot: 1, round: 1, start: 2 },
  {
    kind: 'rolling-back',
    since: AT,
    from: installed('3', 1),
    to: installed('2', 0),
    cause,
    step: 'restart',
    returns: 1,
    ...attempts,
  },
];

function seed(phase: Phase): Buffer {
  const state: DeviceState = {
    ...AT_REST,
    phase,
    quarantine: [{ generation: generation('3'), cause, since: AT }],
    pin: { version: '2', since: AT, reason: 'a fair' },
    lastFailure: { generation: generation('3'), cause, at: AT, report: 'r.json' },
    checks: { failures: 2, succeeded: AT },
  };
  const event = { kind: 'unpinned', at: AT } as const;
  return Buffer.from(journalLine(event, AT_REST, 'first') + journalLine(event, state, 'second'));
}

/**
 * The agent's journal, as a disk that lost power or bits gives it back: what is read of it must read the same when it is written again, be
 * told to people, and be gone on from.
 */
const journal: FuzzTarget = {
  name: 'journal',
  seeds: () => PHASES.map(seed),
  run(input) {
    const { entries } = parseJournal(input.toString('utf8'));
    const last = entries.at(-1);
    if (last === undefined) return;
    const again = parseJournal(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    if (JSON.stringify(again.entries) !== JSON.stringify(entries)) throw new Error('it reads otherwise when written');
    const { bootId, state } = last;
    deviceReport({ at: AT, bootId, state, view: DISK, verified: VERIFIED, entries, considered: [], warnings: [] });
    transition(state, { kind: 'pinned', at: AT, version: '2' });
  },
};

export default journal;
