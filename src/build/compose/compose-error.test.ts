import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composeError } from './compose-error.ts';

const cases: readonly [what: string, lines: string[], code: string, message: RegExp][] = [
  [
    'a script that fails',
    [
      'Setting up web (1.0) ...',
      'web: no such device',
      'dpkg: error processing package web (--configure):',
      ' installed web package post-installation script subprocess returned error exit status 1',
    ],
    'compose-failed',
    /could not install web:\n {2}Setting up web \(1\.0\) \.\.\.\n {2}web: no such device/,
  ],
  [
    'a full disk',
    ['dpkg: error processing archive x', ' cannot copy: No space left on device'],
    'disk-full',
    /No space/,
  ],
  ['no user namespaces', ['unshare: unshare failed: Operation not permitted'], 'compose-failed', /User namespaces/],
  ['anything else', ['I: running', 'E: something', 'I: removing'], 'compose-failed', /E: something/],
];

for (const [what, lines, code, message] of cases) {
  test(`${what} is told as ${code}`, () => {
    const error = composeError(lines, '/store');
    assert.equal(error.code, code);
    assert.match(error.message, message);
  });
}
