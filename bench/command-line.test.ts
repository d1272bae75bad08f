import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCall } from './command-line.ts';

test('a call', () => {
  assert.deepEqual(parseCall(['build']), { suite: 'build', only: undefined, runs: 5 });
  assert.deepEqual(parseCall(['build', '--only', 'a,b', '--runs', '3']), { suite: 'build', only: ['a', 'b'], runs: 3 });
});

for (const wrong of [
  [],
  ['build', 'more'],
  ['build', '--runs', '0'],
  ['build', '--runs', 'many'],
  ['build', '--what'],
]) {
  test(`refused: ${wrong.join(' ') || 'nothing'}`, () => assert.throws(() => parseCall(wrong)));
}
