import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '../../model/digest.ts';
import { type Lock, NO_IDS } from '../../model/lock.ts';
import { assertInstalled } from './installed-packages.ts';

const lock: Lock = {
  format: 'ashlar-lock/1',
  request: { distribution: 'debian', architecture: 'amd64', suites: [], install: [], boot: [], exclude: [] },
  indexes: [],
  packages: [
    { name: 'a', group: 'root' as const },
    { name: 'stub', group: 'boot' as const },
  ].map((each) => ({
    ...each,
    version: '1',
    architecture: 'all',
    archive: 'main',
    path: 'pool/a.deb',
    size: 1,
    sha256: sha256(''),
  })),
  ids: NO_IDS,
};
const status = (name: string, state = 'install ok installed', version = '1'): string =>
  `Package: ${name}\nStatus: ${state}\nVersion: ${version}\n\n`;

test('exactly what is locked for the root is installed', () => assertInstalled(status('a'), lock));

for (const [what, text, message] of [
  ['too little', '', /a 1 is not installed/],
  ['another version', status('a', undefined, '2'), /a 1 is not installed; a 2 is installed and not locked/],
  ['too much', status('a') + status('b'), /b 1 is installed and not locked/],
  ['half of it', status('a', 'install ok half-configured'), /a is "install ok half-configured"/],
] as const) {
  test(`${what} is refused`, () => {
    assert.throws(() => assertInstalled(text, lock), { code: 'compose-failed', message });
  });
}
