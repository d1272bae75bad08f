import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LockedPart } from './base-packages.ts';
import { lockRequest } from './lock-request.ts';

const DEFINITION: LockedPart = {
  architecture: 'arm64',
  base: {
    distribution: 'debian',
    suite: 'trixie',
    security: true,
    suites: [{ suite: 'trixie-backports', components: ['non-free', 'main'] }],
    components: ['main'],
  },
  kernel: 'generic',
  packages: ['zsh', 'udev', 'zsh'],
  exclude: ['b', 'a'],
  console: { serial: undefined, login: 'none' },
};

test('suites, kernel, base and own packages: sorted, nothing twice', () => {
  const request = lockRequest(DEFINITION);
  assert.deepEqual(request.suites, [
    { suite: 'trixie', components: ['main'] },
    { suite: 'trixie-security', components: ['main'] },
    { suite: 'trixie-backports', components: ['main', 'non-free'] },
  ]);
  assert.deepEqual(request.install, [...new Set(request.install)].sort());
  for (const name of ['linux-image-arm64', 'systemd', 'systemd-repart', 'udev', 'zsh'])
    assert.ok(request.install.includes(name), name);
  assert.deepEqual(request.exclude, ['a', 'b']);
});

test('a login brings the program that does it', () => {
  assert.ok(!lockRequest(DEFINITION).install.includes('login'));
  assert.ok(lockRequest({ ...DEFINITION, console: { serial: 'ttyS0', login: 'prompt' } }).install.includes('login'));
});

test('updates bring what the agent and the blessing of a start need, and nothing else does', () => {
  const without = lockRequest(DEFINITION);
  const request = lockRequest({ ...DEFINITION, updates: {} });
  assert.deepEqual(request.install, [...without.install, 'libatomic1', 'libstdc++6'].sort());
  assert.deepEqual(request.boot, [...without.boot, 'systemd-boot'].sort());
});

test('what a suite does not have is not asked for', () => {
  const base = { ...DEFINITION.base, suites: [] };
  const sid = lockRequest({ ...DEFINITION, base: { ...base, suite: 'sid' } });
  assert.deepEqual(
    sid.suites.map(({ suite }) => suite),
    ['sid'],
  );
  const bookworm = lockRequest({ ...DEFINITION, base: { ...base, suite: 'bookworm' } });
  assert.ok(!bookworm.install.includes('systemd-repart'));
});
