import assert from 'node:assert/strict';
import test from 'node:test';
import { createCollector } from './collector.ts';

const PIECE_BYTES = 1 << 20;
const PIECES = 64;

test('pieces that nobody holds are freed, the young ones and all', () => {
  const collector = createCollector();
  for (const collect of [collector.young, collector.all]) {
    collector.all();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let made = 0; made < PIECES; made++) {
      Buffer.alloc(PIECE_BYTES).fill(made);
      if (made % 8 === 7) collect();
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    assert.ok(most <= 16 * PIECE_BYTES, `${most} bytes lay about`);
  }
});
