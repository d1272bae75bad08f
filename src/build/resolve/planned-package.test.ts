import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '../../model/digest.ts';
import { plannedPackage } from './planned-package.ts';

const MIRRORS = { archive: 'http://m.test/debian/', security: 'http://m.test/debian-security' };
const HASH = sha256('x');

test('names, epochs and escapes are taken apart, the mirror is cut off', () => {
  const line = `'http://m.test/debian/pool/main/libc/libcap2/libcap2_2.75-10%2bdeb13u1%7e1_amd64.deb' libcap2_1%3a2.75-10+deb13u1~1_amd64.deb 30000 SHA256:${HASH}`;
  assert.deepEqual(plannedPackage(line, 'root', MIRRORS), {
    name: 'libcap2',
    version: '1:2.75-10+deb13u1~1',
    architecture: 'amd64',
    group: 'root',
    archive: 'main',
    path: 'pool/main/libc/libcap2/libcap2_2.75-10+deb13u1~1_amd64.deb',
    size: 30000,
    sha256: HASH,
  });
});

test('security updates belong to their own archive', () => {
  const line = `'http://m.test/debian-security/pool/updates/main/a/a/a_1_all.deb' a_1_all.deb 1 SHA256:${HASH}`;
  const { archive, path } = plannedPackage(line, 'boot', MIRRORS);
  assert.deepEqual([archive, path], ['security', 'pool/updates/main/a/a/a_1_all.deb']);
});

for (const [what, line] of [
  ['another hash', "'http://m.test/debian/pool/a_1_all.deb' a_1_all.deb 1 MD5Sum:abc"],
  ['a cut hash', "'http://m.test/debian/pool/a_1_all.deb' a_1_all.deb 1 SHA256:abc"],
  ['another host', `'http://evil.test/debian/pool/a_1_all.deb' a_1_all.deb 1 SHA256:${HASH}`],
  ['a path outside the pool', `'http://m.test/debian/a_1_all.deb' a_1_all.deb 1 SHA256:${HASH}`],
] as const) {
  test(`${what} is refused`, () => {
    assert.throws(() => plannedPackage(line, 'root', MIRRORS), { code: 'resolve-failed' });
  });
}
