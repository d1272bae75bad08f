import assert from 'node:assert/strict';
import { it } from 'node:test';
import { closest } from './closest.ts';

it('closest finds what was meant, and nothing when nothing is near', () => {
  const keys = ['packages', 'exclude', 'files', 'units', 'users'];
  const table: readonly (readonly [string, string | undefined])[] = [
    ['pakages', 'packages'],
    ['Packages', 'packages'],
    ['packagse', 'packages'],
    ['fils', 'files'],
    ['untis', 'units'],
    ['unit', 'units'],
    ['user', 'users'],
    ['zzz', undefined],
    ['', undefined],
    ['services', undefined],
  ];
  for (const [word, expected] of table) assert.equal(closest(word, keys), expected, word);
  assert.equal(closest('x'.repeat(100_000), keys), undefined);
});
