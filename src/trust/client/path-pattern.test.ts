import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { describe, test } from 'node:test';
import { sha256 } from '../../model/digest.ts';
import { isDelegated, matchesPattern } from './path-pattern.ts';

describe('patterns of paths', () => {
  // The first five are the specification's examples (TUF 4.5).
  const CASES: readonly (readonly [pattern: string, path: string, matches: boolean])[] = [
    ['targets/*.tgz', 'targets/foo.tgz', true],
    ['targets/*.tgz', 'targets/foo.txt', false],
    ['foo-version-?.tgz', 'foo-version-a.tgz', true],
    ['foo-version-?.tgz', 'foo-version-alpha.tgz', false],
    ['*.tgz', 'targets/foo.tgz', false],
    ['releases/web/*/manifest.json', 'releases/web/1.0/manifest.json', true],
    ['releases/web/*/manifest.json', 'releases/web/manifest.json', false],
    ['releases/*/*/manifest.json', 'releases/web/1.0/x/manifest.json', false],
    ['*', '', true],
    ['?', '', false],
    ['a*b*c', 'axbxbxc', true],
    ['a*b*c', 'axbxbx', false],
    ['**', 'anything', true],
    ['[ab]', 'a', false],
    ['[ab]', '[ab]', true],
    ['a.c', 'abc', false],
  ];
  for (const [pattern, path, matches] of CASES) {
    test(`${pattern} and “${path}”`, () => assert.equal(matchesPattern(path, pattern), matches));
  }

  test('a pattern of many stars takes no time', () => {
    const begun = performance.now();
    assert.equal(matchesPattern('a'.repeat(240), `${'*a'.repeat(60)}*b`), false);
    // A regular expression would take longer than the world has been there.
    assert.ok(performance.now() - begun < 10_000);
  });
});

test('a delegation covers paths by pattern or by the beginning of their hash', () => {
  const role = { name: 'x', keyids: [], threshold: 1, terminating: false };
  assert.ok(isDelegated('a', { ...role, paths: ['b', 'a'] }));
  assert.ok(!isDelegated('a', { ...role, paths: [] }));
  const digest = sha256('a');
  assert.ok(isDelegated('a', { ...role, path_hash_prefixes: ['00', digest.slice(0, 2)] }));
  assert.ok(!isDelegated('a', { ...role, path_hash_prefixes: [`${digest.slice(0, 2)}zz`] }));
});
