import assert from 'node:assert/strict';
import test from 'node:test';
import { entryStanding, heldGenerations } from './disk-view.ts';
import { DISK, entryView, generation, holding, slotView } from './sample-generations.fixture.ts';

test('an entry belongs to the slot whose root hash it opens, whatever its name says', () => {
  const view = { ...DISK, entries: [entryView('2'), { ...entryView('1'), version: '7' }] };
  assert.deepEqual(heldGenerations(view), [
    { ...generation('2'), slot: 0, entry: { kind: 'proven' } },
    { ...generation('1'), slot: 1, entry: { kind: 'proven' } },
  ]);
});

test('a slot without an entry, an empty one, and one that cannot be told', () => {
  const slots = [slotView(0, holding('2')), slotView(1, { kind: 'empty' }), slotView(2, { kind: 'unknown', why: '' })];
  assert.deepEqual(heldGenerations({ ...DISK, slots, entries: [] }), [
    { ...generation('2'), slot: 0, entry: { kind: 'none' } },
  ]);
});

test('of two entries for one slot the one counts that the loader prefers', () => {
  const standings = (...tries: Parameters<typeof entryView>[1][]) =>
    heldGenerations({ ...DISK, entries: tries.map((one) => entryView('2', one)) })[0]?.entry;
  assert.deepEqual(standings({ left: 0, done: 3 }, { left: 2, done: 1 }), { kind: 'counted', left: 2, done: 1 });
  assert.deepEqual(standings({ left: 2, done: 1 }, undefined), { kind: 'proven' });
});

test('an entry that cannot be read starts nothing', () => {
  const view = { ...DISK, entries: [{ ...entryView('2'), rootHash: undefined }] };
  assert.deepEqual(heldGenerations(view)[0]?.entry, { kind: 'none' });
});

test('counters are read as the Boot Loader Specification has them', () => {
  assert.deepEqual(entryStanding({ tries: undefined }), { kind: 'proven' });
  assert.deepEqual(entryStanding({ tries: { left: 3, done: 0 } }), { kind: 'counted', left: 3, done: 0 });
  assert.deepEqual(entryStanding({ tries: { left: 0, done: 3 } }), { kind: 'bad' });
});
