import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Progress } from '../../model/progress.ts';
import { tellOutput } from './tell-output.ts';

function told(output: string): string[] {
  const notes: string[] = [];
  const progress: Progress = {
    begin: () => assert.fail('there is no step'),
    note: (text) => notes.push(text),
  };
  tellOutput({ output }, progress);
  return notes;
}

test('a definition that prints nothing says nothing', () => {
  assert.deepEqual(told(''), []);
  assert.deepEqual(told('\n'), []);
});

test('each line is a note, and gives the terminal no orders', () => {
  assert.deepEqual(told('one\n\x1b[2Jtwo\tx\r\n'), [
    'The definition says: one',
    'The definition says: \\u001b[2Jtwo  x',
  ]);
});

test('what nobody would read is cut', () => {
  const notes = told(`${'x'.repeat(1000)}\n${'y\n'.repeat(99)}`);
  assert.equal(notes.length, 21);
  assert.equal(notes[0]!.length, 'The definition says: '.length + 201);
  assert.equal(notes.at(-1), 'The definition says 80 more lines.');
});
