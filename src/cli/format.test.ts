import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatDuration } from './format.ts';

test('sizes read in decimal units with one digit below ten', () => {
  const table: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [9_960, '10 kB'],
    [999_600, '1.0 MB'],
    [189_000_000, '189 MB'],
    [-1_500, '-1.5 kB'],
  ];
  for (const [bytes, text] of table) assert.equal(formatBytes(bytes), text);
});

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
