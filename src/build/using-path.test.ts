import assert from 'node:assert/strict';
import { mkdirSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { usingPath } from './using-path.ts';

test('what the system refuses is told of the path', () => {
  const refused = {
    code: 'path-unusable',
    message: '/nonexistent/file cannot be used: there is no such file or directory.',
  };
  assert.throws(() => usingPath('/nonexistent/file', () => openSync('/nonexistent/file', 'r')), refused);
  assert.throws(() => usingPath('/dev/null', () => mkdirSync('/dev/null')), { message: /something else is there/ });
});

test('results and other errors pass', () => {
  assert.equal(
    usingPath('/', () => 5),
    5,
  );
  const defect = new TypeError('a defect');
  assert.throws(
    () =>
      usingPath('/', () => {
        throw defect;
      }),
    defect,
  );
});
