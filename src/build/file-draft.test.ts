import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pidNamespace } from '../store/temporary-name.ts';
import { draftFile } from './file-draft.ts';

function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'ashlar-draft-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test('a file stays as it is until its draft is published', (t) => {
  const directory = scratch(t);
  const out = join(directory, 'disk.raw');
  writeFileSync(out, 'old');
  const draft = draftFile(out);
  writeFileSync(draft.path, 'new');
  assert.equal(readFileSync(out, 'utf8'), 'old');
  draft.publish();
  draft.discard();
  assert.equal(readFileSync(out, 'utf8'), 'new');
  assert.deepEqual(readdirSync(directory), ['disk.raw']);
});

test('drafts that killed processes left are swept, those of the living and of other files are not', (t) => {
  const directory = scratch(t);
  const out = join(directory, 'disk.raw');
  const dead = `new.${2 ** 22 + 1}.${pidNamespace()}.0123456789ab`;
  const living = draftFile(out);
  for (const path of [living.path, join(directory, `.disk.raw.${dead}`), join(directory, `.disk.${dead}`)]) {
    writeFileSync(path, '');
  }
  draftFile(out);
  assert.deepEqual(
    readdirSync(directory)
      .map((name) => join(directory, name))
      .sort(),
    [living.path, join(directory, `.disk.${dead}`)].sort(),
  );
});

test('a directory, a device and a place that is not there are refused', (t) => {
  const directory = scratch(t);
  mkdirSync(join(directory, 'folder'));
  for (const out of [join(directory, 'folder'), '/dev/null', join(directory, 'nowhere/disk.raw')]) {
    assert.throws(() => draftFile(out), { code: 'path-unusable' }, out);
  }
});
