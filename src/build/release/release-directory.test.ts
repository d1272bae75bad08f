import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
import { pidNamespace } from '../../store/temporary-name.ts';
import { draftRelease } from './release-directory.ts';

/** No process has the id: it is above the largest that Linux hands out. */
const dead = (label: string): string => `.1.0.0.${label}.${2 ** 22 + 1}.${pidNamespace()}.0123456789ab`;

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

test('a release that is damaged is written again', (t) => {
  const out = temporary(t);
  writeFileSync(join(publish(out, 'one', { 'root.erofs': 'x' }).directory, 'root.erofs'), 'y');
  const again = publish(out, 'one', { 'root.erofs': 'x' });
  assert.equal(again.changed, true);
  assert.equal(readFileSync(join(again.directory, 'root.erofs'), 'utf8'), 'x');
});

test('a crash between the renames is mended by the next draft, and drafts of the dead are swept', (t) => {
  const out = temporary(t);
  publish(out, 'one');
  renameSync(join(out, 'web/1.0.0'), join(out, 'web', dead('replaced')));
  mkdirSync(join(out, 'web', dead('draft')));
  writeFileSync(join(out, 'web', dead('draft'), 'root.erofs'), 'half');
  draftRelease(out, 'web', '1.0.0').discard();
  assert.equal(readFileSync(join(out, 'web/1.0.0/manifest.json'), 'utf8'), 'one');
  assert.deepEqual(readdirSync(join(out, 'web')), ['1.0.0']);
});

test('a place that is no directory is told so', (t) => {
  const out = temporary(t);
  writeFileSync(join(out, 'file'), '');
  assert.throws(() => draftRelease(join(out, 'file'), 'web', '1.0.0'), { code: 'path-unusable' });
});

test('builds of one release at once: whole releases only, and nothing left', async (t) => {
  const out = temporary(t);
  const program = `
    import { draftRelease } from ${JSON.stringify(join(import.meta.dirname, 'release-directory.ts'))};
    for (let i = 0; i < 100; i++) {
      const draft = draftRelease(${JSON.stringify(out)}, 'web', '1.0.0');
      const text = Buffer.from(process.pid + ' ' + i);
      for (const name of ['root.erofs', 'manifest.json']) draft.write(name, text);
      draft.publish();
    }`;
  const running = [1, 2, 3].map(() =>
    spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' }),
  );
  const exits = await Promise.all(running.map((child) => once(child, 'exit')));
  assert.deepEqual(
    exits.map(([code]) => code),
    [0, 0, 0],
  );
  const release = join(out, 'web/1.0.0');
  assert.equal(readFileSync(join(release, 'root.erofs'), 'utf8'), readFileSync(join(release, 'manifest.json'), 'utf8'));
  assert.deepEqual(readdirSync(join(out, 'web')), ['1.0.0']);
});
