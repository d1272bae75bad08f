import assert from 'node:assert/strict';
import test from 'node:test';
import { styleFor } from '../../src/cli/style.ts';
import { summaryTable } from './summary-table.ts';

test('chapters and times one below the other, what was seen below each, the sum at the end', () => {
  const table = summaryTable(
    [
      { title: 'it starts', seconds: 5, seen: 'up', failed: false },
      { title: 'it updates itself', seconds: 61, seen: 'not\nat all', failed: true },
    ],
    styleFor({}, { NO_COLOR: '1' }),
  );
  assert.deepEqual(table.split('\n'), [
    '──────────────────────────────',
    '✔ it starts              5.0 s',
    '  up',
    '✖ it updates itself  1 min 1 s',
    '  not',
    '──────────────────────────────',
    '  in all             1 min 6 s',
  ]);
});
