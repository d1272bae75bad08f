import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { writeSampleRelease } from '../build/publish/sample-release.fixture.ts';
import { scratchDirectory } from '../store/transport/scratch.fixture.ts';
import { makeQuickToOpen } from '../trust/keys/throw-away-keys.fixture.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const PASSPHRASE = 'four words make one';
const ENV = { ...process.env, ASHLAR_PASSPHRASE: PASSPHRASE, NO_COLOR: '1' };

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function ashlar(cwd: string, ...words: string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], { cwd, env: ENV, encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('from keys to a release that devices see, and what is left when it goes', (t) => {
  const cwd = scratchDirectory(t);
  const run = (...words: string[]): Ran => ashlar(cwd, ...words);
  const init = run('trust', 'init', 'keys', '--no-secure-boot', '--without-preflight', 'candidate', 'stable');
  assert.equal(init.status, 0, init.stderr);
  makeQuickToOpen(join(cwd, 'keys'), PASSPHRASE);
  writeSampleRelease(join(cwd, 'out'), '1.0.0', ['a', 'b', 'c']);
  const publish = ['publish', 'out/1.0.0', '--channel', 'candidate', '--trust', 'keys'];

  const dry = run(...publish, '--dry-run', '--json');
  assert.equal(dry.status, 0, dry.stderr);
  assert.deepEqual(
    readdirSync(join(cwd, 'repository')).filter((name) => !name.startsWith('.')),
    ['metadata'],
  );
  const published = run(...publish, '--json');
  const { releases, dryRun } = JSON.parse(published.stdout);
  assert.equal(dryRun, false);
  assert.deepEqual(releases, JSON.parse(dry.stdout).releases);
  assert.equal(releases[0].packBytes, 3 * 4096);
  const again = run(...publish);
  assert.deepEqual([again.status, /was already in candidate/.test(again.stdout)], [4, true]);

  const promoted = run('promote', 'web', '1.0.0', '--from', 'candidate', '--to', 'stable', '--trust', 'keys', '--json');
  assert.deepEqual([promoted.status, JSON.parse(promoted.stdout).added], [0, true]);
  const withdrawn = run('withdraw', 'web', '1.0.0', '--from', 'candidate', '--trust', 'keys', '--json');
  assert.deepEqual([withdrawn.status, JSON.parse(withdrawn.stdout).remaining], [0, []]);
  const unknown = run('promote', 'web', '9', '--from', 'candidate', '--to', 'stable', '--trust', 'keys');
  assert.deepEqual([unknown.status, /no release of web/.test(unknown.stderr)], [1, true]);

  const collected = run('repo', 'gc', '--trust', 'keys', '--json');
  assert.equal(collected.status, 4, collected.stderr);
  // What was withdrawn a moment ago may still be being installed.
  assert.deepEqual(JSON.parse(collected.stdout).needed, [
    { name: 'web', version: '1.0.0', by: ['channel candidate', 'channel stable'] },
  ]);
});

test('what is wrong with a call is said before anything is asked or written', (t) => {
  const cwd = scratchDirectory(t);
  for (const words of [
    ['publish'],
    ['publish', 'out/1.0.0', '--trust', 'keys'],
    ['publish', 'out/1.0.0', '--channel', 'stable'],
    ['publish', 'out/1.0.0', '--channel', 'stable', '--trust', 'keys', '--skip-preflight', ' '],
    ['promote', 'web', '--trust', 'keys'],
    ['repo', 'serve', '.', '--port', '65536'],
  ]) {
    assert.equal(ashlar(cwd, ...words).status, 2, words.join(' '));
  }
  const noKeys = ashlar(cwd, 'repo', 'gc', '--trust', 'keys');
  assert.deepEqual([noKeys.status, /trust init/.test(noKeys.stderr)], [1, true]);
});

test('a repository is served until it is interrupted', async (t) => {
  const cwd = scratchDirectory(t);
  writeSampleRelease(cwd, 'release', ['a']);
  const child = spawn(process.execPath, [MAIN, 'repo', 'serve', 'release', '--port', '0', '--json'], {
    cwd,
    env: ENV,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const listening = JSON.parse((await lines.next()).value as string);
  assert.equal(listening.event, 'listening');
  const response = await fetch(`${listening.url}manifest.json`);
  assert.match(await response.text(), /"version": "release"/);
  assert.equal(JSON.parse((await lines.next()).value as string).path, 'manifest.json');
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
  assert.equal(JSON.parse((await lines.next()).value as string).requests, 1);
});
