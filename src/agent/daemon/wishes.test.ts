import assert from 'node:assert/strict';
import test from 'node:test';
import type { Phase } from '../../engine/device-state.ts';
import type { Sha256 } from '../../model/digest.ts';
import { Wishes } from './wishes.ts';

const target = { name: 'web', version: '2', rootHash: 'cd'.repeat(32) as Sha256 };
const PROVEN: Phase = { kind: 'proven', since: 0 };
const CHECKING: Phase = { kind: 'checking', since: 0, by: 'operator', behind: PROVEN };
const staged = (intent: 'hold' | 'arm'): Phase => ({
  kind: 'staged',
  since: 0,
  target,
  slot: 1,
  intent,
  round: 1,
  failures: 0,
});

test('the hurry about an update ends with it: the next one waits for its window', () => {
  const wishes = new Wishes();
  wishes.follow({ phase: PROVEN });
  wishes.hurry(true);
  wishes.allowExpired = 'a reason';
  wishes.follow({ phase: CHECKING });
  assert.deepEqual([wishes.urgent, wishes.allowExpired], [true, 'a reason']);
  wishes.follow({ phase: staged('arm') });
  assert.equal(wishes.urgent, true);
  wishes.follow({ phase: PROVEN });
  assert.deepEqual([wishes.urgent, wishes.allowExpired], [false, undefined]);
});

test('at rest nothing that happens beside it takes a hurry away', () => {
  const wishes = new Wishes();
  wishes.follow({ phase: PROVEN });
  wishes.hurry(true);
  wishes.follow({ phase: PROVEN });
  assert.equal(wishes.urgent, true);
});

test('a look that nobody asked for leaves what is held as it is', () => {
  const wishes = new Wishes();
  wishes.allowExpired = 'a reason';
  wishes.leaveToSchedule({ phase: staged('hold') });
  assert.deepEqual([wishes.intent, wishes.allowExpired], ['hold', undefined]);
  wishes.leaveToSchedule({ phase: staged('arm') });
  assert.equal(wishes.intent, 'arm');
  wishes.leaveToSchedule({ phase: PROVEN });
  assert.equal(wishes.intent, 'arm');
});
