import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AshlarError } from '../model/error.ts';
import { aboutFile } from './about-file.ts';

test('an error about bytes names the file once; others stay as they are', async () => {
  const corrupt = new AshlarError('image-corrupt', 'It is damaged.', { hint: 'Fetch it again.' });
  const named = { code: 'image-corrupt', message: 'a/b: It is damaged.', hint: 'Fetch it again.' };
  await assert.rejects(
    aboutFile('a/b', () => Promise.reject(corrupt)),
    named,
  );
  await assert.rejects(
    aboutFile('a/b', () => aboutFile('a/b', () => Promise.reject(corrupt))),
    named,
  );
  const other = new Error('else');
  await assert.rejects(
    aboutFile('a/b', () => Promise.reject(other)),
    other,
  );
  assert.equal(await aboutFile('a/b', () => 1), 1);
});
