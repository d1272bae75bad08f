import assert from 'node:assert/strict';
import test from 'node:test';
import { Feed } from './feed.ts';

const LONG = 60_000;
const late = (): Error => new Error('late');
const is = (wanted: string) => (entry: string) => (entry === wanted ? entry : undefined);

/** A matcher that takes each entry once. */
function once(): (entry: { readonly name: string; used: boolean }) => string | undefined {
  return (entry) => {
    if (entry.used) return undefined;
    entry.used = true;
    return entry.name;
  };
}

test('finds what came before and what comes after', async () => {
  const feed = new Feed<string>(10);
  feed.append('a');
  assert.equal(await feed.next(is('a'), LONG, late), 'a');
  const later = feed.next(is('b'), LONG, late);
  feed.append('x');
  feed.append('b');
  assert.equal(await later, 'b');
});

test('what lies before a found entry is not found again', async () => {
  const feed = new Feed<string>(10);
  for (const entry of ['a', 'b', 'c']) feed.append(entry);
  await feed.next(is('b'), LONG, late);
  await assert.rejects(feed.next(is('a'), 1, late), /late/);
  assert.equal(await feed.next(is('c'), LONG, late), 'c');
});

test('entries that are marked as used are found once', async () => {
  const feed = new Feed<{ readonly name: string; used: boolean }>(10);
  feed.append({ name: 'first', used: false });
  feed.append({ name: 'second', used: false });
  assert.equal(await feed.next(once(), LONG, late), 'first');
  assert.equal(await feed.next(once(), LONG, late), 'second');
});

test('keeps no more than its limit, and the cursor holds its place', async () => {
  const feed = new Feed<string>(3);
  for (const entry of ['a', 'b', 'c']) feed.append(entry);
  await feed.next(is('b'), LONG, late);
  feed.append('d');
  feed.append('e');
  assert.deepEqual(feed.latest(9), ['c', 'd', 'e']);
  assert.equal(await feed.next(is('c'), LONG, late), 'c');
});

test('a wait ends with the feed, after what is kept has been looked at', async () => {
  const feed = new Feed<string>(3);
  const waiting = feed.next(is('never'), LONG, late);
  feed.append('last');
  feed.close(() => new Error('over'));
  await assert.rejects(waiting, /over/);
  assert.equal(await feed.next(is('last'), LONG, late), 'last');
  await assert.rejects(feed.next(is('never'), LONG, late), /over/);
});

test('a wait can be given up', async () => {
  const feed = new Feed<string>(3);
  const stop = new AbortController();
  const waiting = feed.next(is('a'), LONG, late, stop.signal);
  stop.abort(new Error('given up'));
  await assert.rejects(waiting, /given up/);
});

test('what a wait throws is its own end, and nobody else sees it', async () => {
  const feed = new Feed<string>(3);
  const other = feed.next(is('a'), LONG, late);
  const refusing = feed.next(
    () => {
      throw new Error('not this');
    },
    LONG,
    late,
  );
  feed.append('a');
  await assert.rejects(refusing, /not this/);
  assert.equal(await other, 'a');
});
