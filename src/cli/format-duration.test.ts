import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration } from './format-duration.ts';

test('durations read in seconds, then minutes', () => {
  const table: [number, string][] = [
    [0, '0.0 s'],
    [340, '0.3 s'],
    [9_960, '10 s'],
    [59_700, '1 min 0 s'],
    [125_000, '2 min 5 s'],
  ];
  for (const [milliseconds, text] of table) assert.equal(formatDuration(milliseconds), text);
});
