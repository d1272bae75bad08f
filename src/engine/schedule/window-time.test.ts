import assert from 'node:assert/strict';
import test from 'node:test';
import type { MaintenanceWindow } from '../../model/update-config.ts';
import { windowTime } from './window-time.ts';

const HOUR = 3600;
const NIGHTS: MaintenanceWindow = {
  days: ['sat', 'sun'],
  start: '02:30',
  lengthSeconds: HOUR,
  timeZone: 'Europe/Berlin',
};

function at(text: string): number {
  return Temporal.Instant.from(text).epochMilliseconds;
}

function told(windows: readonly MaintenanceWindow[], now: string): string {
  const time = windowTime(windows, at(now));
  const text = (moment: number | undefined) =>
    moment === undefined ? 'never' : Temporal.Instant.fromEpochMilliseconds(moment).toString();
  return time.kind === 'open' ? `open until ${text(time.until)}` : `closed until ${text(time.opens)}`;
}

// 2026: clocks in Berlin go forward on 29 March at 02:00 and back on 25 October at 03:00, both Sundays (tz database).
const CASES: readonly [name: string, windows: readonly MaintenanceWindow[], now: string, expected: string][] = [
  ['before it opens', [NIGHTS], '2026-06-03T12:00:00Z', 'closed until 2026-06-06T00:30:00Z'],
  ['as it opens', [NIGHTS], '2026-06-06T00:30:00Z', 'open until 2026-06-06T01:30:00Z'],
  ['as it closes', [NIGHTS], '2026-06-06T01:30:00Z', 'closed until 2026-06-07T00:30:00Z'],
  ['the time of day in winter', [NIGHTS], '2026-01-02T12:00:00Z', 'closed until 2026-01-03T01:30:00Z'],
  ['a time of day that is skipped', [NIGHTS], '2026-03-28T12:00:00Z', 'closed until 2026-03-29T01:30:00Z'],
  ['a time of day that comes twice: the first', [NIGHTS], '2026-10-24T12:00:00Z', 'closed until 2026-10-25T00:30:00Z'],
  ['the second is behind its end', [NIGHTS], '2026-10-25T01:30:00Z', 'closed until 2026-10-31T01:30:00Z'],
  [
    'one hour by the stop-watch, over the change of clocks',
    [{ ...NIGHTS, start: '01:30' }],
    '2026-03-29T00:45:00Z',
    'open until 2026-03-29T01:30:00Z',
  ],
  [
    'past midnight',
    [{ days: ['fri'], start: '23:00', lengthSeconds: 4 * HOUR, timeZone: 'UTC' }],
    '2026-06-06T02:59:59Z',
    'open until 2026-06-06T03:00:00Z',
  ],
  [
    'of two that overlap, the later end',
    [NIGHTS, { ...NIGHTS, start: '03:00', lengthSeconds: 2 * HOUR }],
    '2026-06-06T01:15:00Z',
    'open until 2026-06-06T03:00:00Z',
  ],
  [
    'longer than a week: always',
    [{ days: ['mon'], start: '00:00', lengthSeconds: 1e9, timeZone: 'UTC' }],
    '2026-06-07T23:59:59Z',
    'open until 2026-06-08T00:00:00Z',
  ],
  ['no window at all', [], '2026-06-06T00:30:00Z', 'closed until never'],
];

for (const [name, windows, now, expected] of CASES) {
  test(`windows: ${name}`, () => assert.equal(told(windows, now), expected));
}
