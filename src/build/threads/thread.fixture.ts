import { parentPort, workerData } from 'node:worker_threads';
import { AshlarError } from '../../model/error.ts';

/** What the test of `runOnThreads` runs: counts together with its siblings, and fails where it is told to. */
const { counter, upTo, failAt } = workerData as { counter: SharedArrayBuffer; upTo: number; failAt?: number };
const next = new Int32Array(counter);
for (let index = Atomics.add(next, 0, 1); index < upTo; index = Atomics.add(next, 0, 1)) {
  if (index === failAt) throw new AshlarError('disk-full', 'No space is left.', { hint: 'Free some space.' });
  if (Number.isFinite(upTo)) parentPort?.postMessage(index);
}
