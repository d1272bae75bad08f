import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interleaved } from './interleaved.ts';

test('contestants take turns', async () => {
  const turns: string[] = [];
  const contestant = (name: string) => async (run: number) => {
    turns.push(name);
    return `${name}${run}`;
  };
  assert.deepEqual(await interleaved(2, [contestant('a'), contestant('b')]), [
    ['a0', 'a1'],
    ['b0', 'b1'],
  ]);
  assert.deepEqual(turns, ['a', 'b', 'a', 'b']);
});
