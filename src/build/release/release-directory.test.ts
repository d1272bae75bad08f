import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { draftRelease } from './release-directory.ts';

/** No process has it: it is above the largest pid that Linux hands out. */
const NO_PID = 2 ** 22 + 1;

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'ashlar-release-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function publish(out: string, manifest: string, others: Record<string, string> = {}) {
  const draft = draftRelease(out, 'web', '1.0.0');
  for (const [name, text] of Object.entries({ ...others, 'manifest.json': manifest }))
    draft.write(name, Buffer.from(text));
  return draft.publish();
}

test('a release appears whole, and only when it is published', (t) => {
  const out = temporary(t);
  const draft = draftRelease(out, 'web', '1.0.0');
  draft.write('manifest.json', Buffer.from('one'));
  assert.equal(existsSync(join(out, 'web/1.0.0')), false);
  assert.deepEqual(draft.publish(), { directory: join(out, 'web/1.0.0'), changed: true });
  assert.deepEqual(readdirSync(join(out, 'web')), ['1.0.0']);
});

test('the same release again changes nothing; another one replaces it', (t) => {
  const out = temporary(t);
  publish(out, 'one', { 'root.erofs': 'x' });
  assert.equal(publish(out, 'one', { 'root.erofs': 'x' }).changed, false);
  assert.equal(publish(out, 'two').changed, true);
  assert.equal(readFileSync(join(out, 'web/1.0.0/manifest.json'), 'utf8'), 'two');
  assert.deepEqual(readdirSync(join(out, 'web')), ['1.0.0']);
});

test('a release that lost a file is written again', (t) => {
  const out = temporary(t);
  rmSync(join(publish(out, 'one', { 'root.erofs': 'x' }).directory, 'root.erofs'));
  assert.equal(publish(out, 'one', { 'root.erofs': 'x' }).changed, true);
});

test('a discarded draft leaves the earlier release', (t) => {
  const out = temporary(t);
  publish(out, 'one');
  const draft = draftRelease(out, 'web', '1.0.0');
  draft.write('manifest.json', Buffer.from('two'));
  draft.discard();
  assert.equal(readFileSync(join(out, 'web/1.0.0/manifest.json'), 'utf8'), 'one');
  assert.deepEqual(readdirSync(join(out, 'web')), ['1.0.0']);
});

test('a crash between the renames is mended by the next draft, and drafts of the dead are swept', (t) => {
  const out = temporary(t);
  publish(out, 'one');
  renameSync(join(out, 'web/1.0.0'), join(out, 'web/.1.0.0.replaced'));
  mkdirSync(join(out, `web/.1.0.0.${NO_PID}.draft`));
  writeFileSync(join(out, `web/.1.0.0.${NO_PID}.draft/root.erofs`), 'half');
  draftRelease(out, 'web', '1.0.0').discard();
  assert.equal(readFileSync(join(out, 'web/1.0.0/manifest.json'), 'utf8'), 'one');
  assert.deepEqual(readdirSync(join(out, 'web')), ['1.0.0']);
});
