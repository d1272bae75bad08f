import assert from 'node:assert/strict';
import test from 'node:test';
import type { DeviceState, Phase } from '../device-state.ts';
import { AT_REST, DISK, entryView, release } from '../sample-generations.fixture.ts';
import { unmeantNext } from './meant-next.ts';

const TARGET = release('3');
const STRAY = { ...DISK, entries: [...DISK.entries, entryView('3', { left: 3, done: 0 })], next: 'm_3+3-0.efi' };
const at = (phase: Phase): DeviceState => ({ ...AT_REST, phase });
const armed = { kind: 'armed', since: 0, target: TARGET, slot: 1, round: 1, waiting: [] } as const;
const PROVEN: Phase = { kind: 'proven', since: 0 };

test('an entry that would start what is not meant is warned of', () => {
  assert.equal(unmeantNext(at(PROVEN), DISK), undefined);
  assert.match(unmeantNext(at(PROVEN), STRAY)?.message ?? '', /would start m_3\+3-0\.efi, not m 2/);
  assert.equal(
    unmeantNext(at({ kind: 'checking', since: 0, by: 'schedule', behind: PROVEN }), STRAY)?.code,
    'next-start-differs',
  );
});

test('what is armed is meant, and its loss is warned of', () => {
  assert.equal(unmeantNext(at(armed), STRAY), undefined);
  assert.equal(unmeantNext(at({ kind: 'checking', since: 0, by: 'schedule', behind: armed }), STRAY), undefined);
  assert.match(unmeantNext(at(armed), DISK)?.message ?? '', /would start m_2\.efi, not m 3/);
});

test('on its last try a generation is not what the loader takes next, and that is as it should be', () => {
  const { slot, round } = armed;
  assert.equal(
    unmeantNext(at({ kind: 'probation', since: 0, target: TARGET, slot, round, start: 3 }), DISK),
    undefined,
  );
});
