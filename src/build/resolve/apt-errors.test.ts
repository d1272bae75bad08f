import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installError, unmetDependencies, updateError } from './apt-errors.ts';

const failed = (stderr: string) => ({ status: 100, stdout: '', stderr });

const updates: readonly [code: string, stderr: string][] = [
  [
    'index-expired',
    'E: Release file for http://m.test/dists/x/InRelease is expired (invalid since 2d). Updates for this repository will not be applied.',
  ],
  ['index-expired', 'E: Release file for http://m.test/dists/x/InRelease is not valid yet (invalid for another 3h).'],
  [
    'index-unsigned',
    "W: GPG error: http://m.test x InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 1234\nE: The repository 'http://m.test x InRelease' is not signed.",
  ],
  ['index-unsigned', "E: The repository 'http://m.test x Release' is not signed."],
  [
    'index-unsigned',
    'W: OpenPGP signature verification failed: http://m.test x InRelease: Sub-process /usr/bin/sqv returned an error code (1)',
  ],
  ['download-corrupt', 'E: Failed to fetch http://m.test/Packages.xz  Hash Sum mismatch\n   Hashes of expected file:'],
  ['resolve-failed', "E: The repository 'http://m.test trixy Release' does not have a Release file."],
  [
    'mirror-unreachable',
    'E: Failed to fetch http://m.test/dists/x/InRelease  Could not connect to m.test:80 (192.0.2.1), connection timed out',
  ],
  ['mirror-unreachable', "E: Failed to fetch http://m.test/dists/x/InRelease  Could not resolve 'm.test'"],
  ['disk-full', 'E: Write error - write (28: No space left on device)'],
  ['resolve-failed', 'E: something else'],
];

for (const [code, stderr] of updates) {
  test(`${code}: ${stderr.slice(0, 60)}`, () => assert.equal(updateError(failed(stderr)).code, code));
}

test("a mirror's password is not repeated", () => {
  const { message } = updateError(
    failed('E: Failed to fetch http://me:secret@m.test/x  Could not connect to m.test:80'),
  );
  assert.doesNotMatch(message, /secret/);
});

const UNMET = `The following packages have unmet dependencies:
 web : Depends: libweb (>= 2) but 1.0 is to be installed
       Depends: libother but it is not installable
 base : PreDepends: root but it is not going to be installed
E: Unable to correct problems, you have held broken packages.
`;

test('what is unmet is listed, a package with several on each line', () => {
  assert.deepEqual(unmetDependencies(UNMET), [
    'web needs libweb (>= 2) but 1.0 is to be installed',
    'web needs libother but it is not installable',
    'base needs root but it is not going to be installed',
  ]);
  assert.deepEqual(unmetDependencies('nothing'), []);
});

test('an exclusion is blamed when it is the cause', () => {
  const output = { status: 100, stdout: UNMET, stderr: '' };
  assert.match(installError(output, ['libother', 'unrelated']).hint, /excludes libother:/);
  assert.doesNotMatch(installError(output, ['unrelated']).hint, /excludes/);
});
