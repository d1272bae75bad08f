import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ERROR_CODES } from './error-codes.ts';

test('every error code has a section in the documentation, and every section a code, both sorted', () => {
  const page = readFileSync(new URL('../../docs/usage/errors.md', import.meta.url), 'utf8');
  const sections = [...page.matchAll(/^## (.+)$/gm)].map(([, code]) => code);
  const codes = Object.keys(ERROR_CODES);
  assert.deepEqual(sections, codes);
  assert.deepEqual(codes, codes.toSorted());
});
