import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { checkDelay } from './check-delay.ts';
import { MAX_RETRY_AFTER_SECONDS, MAX_RETRY_SECONDS, retryDelay } from './retry-delay.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const config = { checkEverySeconds: 14_400, jitterSeconds: 600 };

test('a retry waits twice as long each time, up to an hour', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 8, 50, 2000].map((failures) => retryDelay(failures, 0) * 2),
    [30, 60, 120, 240, 3600, 3600, 3600],
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), chance, (failures, chance) => {
      const delay = retryDelay(failures, chance);
      assert.ok(delay >= 15 && delay <= MAX_RETRY_SECONDS);
    }),
  );
});

test('a server is not asked before it wants to be, and cannot ask for silence', () => {
  assert.equal(retryDelay(1, 0, 500), 500);
  assert.equal(retryDelay(1, 0, 1e12), MAX_RETRY_AFTER_SECONDS);
  assert.equal(checkDelay(config, 0, 0, 20_000), 20_000);
});

test('checks come at their interval with some of the jitter, after a failure sooner, never later', () => {
  assert.equal(checkDelay(config, 0, 0), 14_400);
  assert.equal(checkDelay(config, 0, 0.5), 14_700);
  assert.equal(checkDelay(config, 1, 0), 15);
  fc.assert(
    fc.property(fc.nat(1000), chance, (failures, chance) => {
      assert.ok(checkDelay(config, failures, chance) <= checkDelay(config, 0, chance));
    }),
  );
});
