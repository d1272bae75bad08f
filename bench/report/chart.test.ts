import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barChart } from './chart.ts';
import { SAMPLE_RESULTS } from './sample-results.fixture.ts';

const svg = barChart(SAMPLE_RESULTS);

test('a bar a contestant, as long as its median on the scale of its topic', () => {
  const bars = [...svg.matchAll(/<rect class="(ours|theirs)" [^>]*width="([\d.]+)"/g)];
  assert.deepEqual(
    bars.map(([, kind]) => kind),
    ['ours', 'theirs', 'ours', 'theirs'],
  );
  const [ours, theirs] = bars.map(([, , width]) => Number(width));
  assert.ok(Math.abs(theirs! / ours! - 30 / 2.5) < 0.1);
});

test('the range of several runs is drawn, of one it is not', () => {
  assert.equal([...svg.matchAll(/class="range" d=/g)].length, 2);
});

test('names are text, whatever is in them, and both colour schemes are there', () => {
  assert.match(svg, />peer &lt;x></);
  assert.match(svg, /prefers-color-scheme: dark/);
});

test('nothing is drawn outside', () => {
  const [, width] = /viewBox="0 0 (\d+) /.exec(svg)!;
  for (const [, x] of svg.matchAll(/ x="([\d.]+)"/g)) assert.ok(Number(x) < Number(width));
});
