import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AshlarError } from '../model/error.ts';
import { asAshlarError } from './render-error.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: refused, open '/a/path'`), { code });
}

test('what the system refuses is not told as a defect of Ashlar', () => {
  for (const [code, told] of [
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['EACCES', 'path-unusable'],
    ['EROFS', 'path-unusable'],
    ['ENOENT', 'internal'],
  ] as const) {
    const error = asAshlarError(systemError(code));
    assert.equal(error.code, told);
    assert.match(error.message, /\/a\/path/);
  }
});

test('an error with a code passes as it is', () => {
  const error = new AshlarError('usage', 'A slip.', { hint: 'Do this.' });
  assert.equal(asAshlarError(error), error);
});
