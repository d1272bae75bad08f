import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeResults, type Results } from './results.ts';
import { SAMPLE_RESULTS } from './sample-results.fixture.ts';

const [rebuild, size] = SAMPLE_RESULTS.topics;
const ORDER = ['size', 'rebuild'];
const only = (topics: Results['topics']): Results => ({ ...SAMPLE_RESULTS, topics });
const names = ({ topics }: Results): string[] => topics.map(({ name }) => name);

test('what was not measured again stays, in the order of the report', () => {
  const again = { ...size!, method: 'again' };
  const merged = mergeResults(SAMPLE_RESULTS, only([again]), ORDER);
  assert.deepEqual(names(merged), ORDER);
  assert.equal(merged.topics[0], again);
});

test('figures of another machine or other versions do not stay', () => {
  const elsewhere = { ...only([rebuild!]), machine: { ...SAMPLE_RESULTS.machine, cores: 64 } };
  assert.deepEqual(names(mergeResults(elsewhere, only([size!]), ORDER)), ['size']);
  const older = { ...only([rebuild!]), versions: { Ashlar: '0.0.9' } };
  assert.deepEqual(names(mergeResults(older, only([size!]), ORDER)), ['size']);
  assert.deepEqual(names(mergeResults(undefined, only([size!]), ORDER)), ['size']);
});
