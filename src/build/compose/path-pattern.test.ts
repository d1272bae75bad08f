import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathPattern } from './path-pattern.ts';

const cases: readonly [pattern: string, path: string, matches: boolean][] = [
  ['etc/passwd-', 'etc/passwd-', true],
  ['etc/passwd-', 'etc/passwd-x', false],
  ['etc/.pwd.lock', 'etc/xpwdxlock', false],
  ['etc/ssh/ssh_host_*', 'etc/ssh/ssh_host_rsa_key.pub', true],
  ['etc/ssh/ssh_host_*', 'etc/ssh/ssh_host_d/key', false],
  ['**/__pycache__', '__pycache__', true],
  ['**/__pycache__', 'usr/lib/python3/x/__pycache__', true],
  ['**/__pycache__', 'usr/x__pycache__', false],
  ['var/*', 'var/a\nb', true],
];

for (const [pattern, path, matches] of cases) {
  test(`${pattern} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(path)}`, () => {
    assert.equal(pathPattern(pattern).test(path), matches);
  });
}
