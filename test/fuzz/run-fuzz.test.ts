import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutate, seedOf } from './mutate.ts';
import { type FuzzResult, runFuzz } from './run-fuzz.ts';

const SEED = 5;

/** Runs one of the parsers that misbehave on every input which does not begin with an `a`. */
function run(name: string, count = 200, from = 0): Promise<FuzzResult> {
  const target = new URL(`./misbehaving/${name}.ts`, import.meta.url);
  return runFuzz({ target, seed: SEED, count, from, deadlineMilliseconds: 5_000 });
}

const EXPECTED = [
  ['throws', /ERR_OUT_OF_RANGE|RangeError/],
  ['hangs', /it hung/],
  ['grows', /memory grew/],
] as const;

for (const [name, why] of EXPECTED) {
  test(`a parser that ${name} is found out, and the input named`, async () => {
    const result = await run(name);
    assert.ok(result.kind === 'failed');
    assert.match(result.why, why);
    const seeds = [seedOf(Buffer.from('a valid input'))];
    assert.notEqual(mutate(seeds, SEED, result.index).toString('latin1', 0, 1), 'a');
    if (name === 'throws') assert.equal((await run(name, 1, result.index)).kind, 'failed', 'again, alone');
  });
}

test('an input follows from seeds, run and number alone', () => {
  const seeds = [seedOf(Buffer.from('some bytes that are a seed')), seedOf(Buffer.alloc(600, 7))];
  const inputs = Array.from({ length: 500 }, (_, index) => mutate(seeds, SEED, index));
  assert.deepEqual(
    Array.from({ length: 500 }, (_, index) => mutate(seeds, SEED, index)),
    inputs,
  );
  assert.ok(new Set(inputs.map((input) => input.toString('latin1'))).size > 450, 'inputs differ');
  assert.notDeepEqual(mutate(seeds, SEED + 1, 3), inputs[3]);
});
