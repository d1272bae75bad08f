import assert from 'node:assert/strict';
import test from 'node:test';
import type { DeviceState, Resting } from '../device-state.ts';
import type { SlotView } from '../disk-view.ts';
import { AT_REST, generation, release } from '../sample-generations.fixture.ts';
import { effectWords } from './effect-words.ts';
import { planUpdate } from './plan-update.ts';

const TARGET = release('3');
const at = (phase: Resting): DeviceState & { readonly phase: Resting } => ({ ...AT_REST, phase });
const kinds = (phase: Resting, intent: 'hold' | 'arm'): string[] =>
  planUpdate(at(phase), TARGET, 1, intent).map(({ kind }) => kind);

test('an update from rest: design.md §6’s order, then the restart', () => {
  const order = ['fetch', 'retire', 'write', 'read-back', 'commit'];
  assert.deepEqual(kinds({ kind: 'proven', since: 1 }, 'hold'), order);
  assert.deepEqual(kinds({ kind: 'proven', since: 1 }, 'arm'), [
    ...order,
    'install-entry',
    'clean-up',
    'seek-restart',
    'restart',
  ]);
});

test('what is there already is not done again; what is replaced is let go', () => {
  const staged = { since: 1, slot: 1, round: 1, failures: 0 } as const;
  assert.deepEqual(kinds({ kind: 'staged', ...staged, target: TARGET, intent: 'hold' }, 'arm'), [
    'install-entry',
    'clean-up',
    'seek-restart',
    'restart',
  ]);
  const other = { kind: 'armed', since: 1, slot: 1, round: 1, waiting: [], target: release('2.5') } as const;
  assert.deepEqual(kinds(other, 'hold').slice(0, 4), ['stop-work', 'remove-entry', 'clean-up', 'fetch']);
});

test('a plan in words says what is lost', () => {
  const content = { kind: 'release', ...generation('1') } as const;
  const slots: SlotView[] = [{ index: 1, content, dataBytes: 1, treeBytes: 1, running: false }];
  const words = planUpdate(at({ kind: 'proven', since: 1 }), TARGET, 1, 'arm').flatMap(
    (effect) => effectWords(effect, { slots }, 3) ?? [],
  );
  assert.equal(words.length, 8);
  assert.equal(words[1], `give up slot 1, which holds ${TARGET.name} 1: there is no way back to that then`);
  assert.match(words[5] ?? '', /with 3 tries/);
  assert.match(words[7] ?? '', /restart into .* 3, on probation/);
});
