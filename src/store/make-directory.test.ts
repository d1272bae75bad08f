import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeDirectory } from './make-directory.ts';

test('what is missing is made, what is there is left', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'ashlar-make-'));
  t.after(() => rmSync(directory, { recursive: true }));
  makeDirectory(join(directory, 'a/b/c'));
  makeDirectory(join(directory, 'a/b/c'));
  assert.ok(statSync(join(directory, 'a/b/c')).isDirectory());
  writeFileSync(join(directory, 'file'), '');
  assert.throws(() => makeDirectory(join(directory, 'file/below')), { code: 'EEXIST' });
});

test('where no directory can be made it says so, and comes back', () => {
  assert.throws(() => makeDirectory('/proc/ashlar/release'), { code: 'ENOENT' });
});
