import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runFuzz } from './run-fuzz.ts';
import { TARGETS } from './targets.ts';

/** `npm run fuzz` does fifty times as many. */
const COUNT = 2_000;
const SEED = 7;

for (const [name, target] of Object.entries(TARGETS)) {
  test(`${name}: ${COUNT} mutated inputs give an AshlarError or a result`, async () => {
    const result = await runFuzz({ target, seed: SEED, count: COUNT });
    assert.equal(result.kind, 'passed', JSON.stringify(result));
    // Both must happen often, or the mutations are too coarse or too fine to test anything.
    if (result.kind === 'passed') assert.ok(result.refused + result.accepted === COUNT && result.accepted > 0);
  });
}
