import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runOnThreads } from './run-on-threads.ts';

const run = (data: object, threads: number, signal?: AbortSignal): Promise<number[]> => {
  const got: number[] = [];
  const onMessage = (message: number): void => void got.push(message);
  return runOnThreads(import.meta.url, './thread.fixture', data, { threads, onMessage, signal }).then(() => got);
};

test('threads share the work, and all messages arrive before it is over', async () => {
  const counter = new SharedArrayBuffer(4);
  const got = await run({ counter, upTo: 100 }, 3);
  assert.deepEqual(
    got.sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, index) => index),
  );
});

test('an AshlarError crosses with its code and hint', async () => {
  const failing = { counter: new SharedArrayBuffer(4), upTo: 100, failAt: 7 };
  await assert.rejects(run(failing, 2), { name: 'AshlarError', code: 'disk-full', hint: 'Free some space.' });
});

test('aborting ends threads that would never end', async () => {
  const stop = new AbortController();
  const endless = run({ counter: new SharedArrayBuffer(4), upTo: Number.POSITIVE_INFINITY }, 1, stop.signal);
  stop.abort(new Error('stopped'));
  await assert.rejects(endless, { message: 'stopped' });
});
