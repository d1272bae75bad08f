import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markdownReport } from './markdown.ts';
import { SAMPLE_RESULTS } from './sample-results.fixture.ts';

const text = markdownReport(SAMPLE_RESULTS);

for (const expected of [
  '| Rebuild after one changed file: Ashlar | at most 2.00 s | 2.50 s | **missed** |',
  '| Rebuild after one changed file: peer / Ashlar | at least 10.00 | 12.00 | met |',
  '| Size: Ashlar / peer <x> | at most 1.03 | 0.99 | met |',
  '| **Ashlar** | 2.50 s | 2.00 s – 3.00 s | 1.50 s |',
  '| peer | 30.0 s | 28.0 s – 32.0 s |  |',
  '| **Ashlar** | 60.3 MB |',
  'One file is changed. (2026-01-02, 3 runs, load average before 0.3.)',
  '2 cores (A & B), 7 GiB of memory, Debian, Linux 6.12.1.',
]) {
  test(`the report says: ${expected}`, () => assert.ok(text.includes(`${expected}\n`), text));
}

test('times that were measured beside other work say so', () => {
  const busy = SAMPLE_RESULTS.topics.map((topic) => ({ ...topic, measured: { ...topic.measured, load: 5 } }));
  assert.match(
    markdownReport({ ...SAMPLE_RESULTS, topics: busy }),
    /\(2026-01-02, 3 runs, load average before 5\.0: beside other work\.\)/,
  );
  assert.doesNotMatch(text, /beside other work/);
});
