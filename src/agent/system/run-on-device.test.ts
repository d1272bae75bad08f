import assert from 'node:assert/strict';
import test from 'node:test';
import { runOnDevice } from './run-on-device.ts';

test('a program that leaves others behind, which hold its output, is not waited for', async () => {
  const stop = new AbortController();
  const begun = performance.now();
  // In a session of its own, so that it is not killed with its parent; the pipe is inherited.
  const running = runOnDevice(['sh', '-c', 'setsid sleep 14 & echo begun; wait'], { signal: stop.signal });
  setTimeout(() => stop.abort(new Error('stopped')), 200);
  await assert.rejects(running, /stopped/);
  assert.ok(performance.now() - begun < 12_000);
});

test('a program’s status and output, and an agent that is not held up by its limit', async () => {
  const { status, stdout } = await runOnDevice(['sh', '-c', 'echo fine; exit 3']);
  assert.deepEqual([status, stdout], [3, 'fine\n']);
});
