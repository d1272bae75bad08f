import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { mostBetween, parseSamples, samplerScript } from './memory-samples.ts';

test('samples are read; a moment without a process, and a line that was cut off, count for nothing', () => {
  assert.deepEqual(parseSamples('1.50 100 60\n1.80 0 0\n2.10 90 70\n2.4'), [
    { uptime: 1.5, pss: 102_400, anonymous: 61_440 },
    { uptime: 2.1, pss: 92_160, anonymous: 71_680 },
  ]);
});

test('the most of a time is that of its samples alone', () => {
  const samples = parseSamples('1.00 300 1\n2.00 100 1\n3.00 200 1\n4.00 900 1\n');
  assert.equal(mostBetween(samples, 1.5, 3).pss, 200 * 1024);
  assert.throws(() => mostBetween(samples, 5, 6), RangeError);
});

test('the sampler is valid shell', () => {
  const { status, stderr } = spawnSync('sh', ['-n'], { input: samplerScript('some.service') });
  assert.equal(status, 0, stderr.toString());
});
