import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactBytes, formatBytes } from './format-bytes.ts';

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

test('sizes that are compared show every byte as well', () => {
  assert.equal(exactBytes(999), '999 bytes');
  assert.equal(exactBytes(104_857_600), '105 MB (104857600 bytes)');
});
