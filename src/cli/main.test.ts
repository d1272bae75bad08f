/** The command line as a person or a script calls it: a process, its outputs and its exit code. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

const MAIN = new URL('./main.ts', import.meta.url).pathname;
/** An empty folder: no definition lies where these are called. */
const folder = mkdtempSync(join(tmpdir(), 'ashlar-main-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function ashlar(...argv: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...argv], { cwd: folder, encoding: 'utf8' });
  return { status, out: stdout, err: stderr };
}

describe('calls that are wrong end with 2 and say what is meant', () => {
  for (const [words, said] of [
    [['buidl'], /There is no verb 'buidl'\.\n.*Did you mean `ashlar build`\? The verbs are: init, /],
    [['fs'], /'fs' needs a second word\.\n.*fs create, fs ls/],
    [['fs', 'lss'], /There is no verb 'fs lss'\.\n.*Did you mean `ashlar fs ls`\?/],
    [['fs', 'ls'], /Missing required argument 'image'\.\n.*`ashlar fs ls --help`/],
    [['--bogus'], /There is no option '--bogus' without a verb\./],
    [['build', '--ouput', 'x'], /Unknown option '--ouput'\.\n.*Did you mean --out\?/],
    [['build', 'a', 'b'], /Too many arguments/],
    [['init', 'x', '--language', 'json'], /--language: must be ts or yaml\./],
    [['image', 'x', '-o', 'y', '--size', '10'], /--size: must be a whole number and M, G or T/],
  ] as const) {
    test(words.join(' '), () => {
      const { status, out, err } = ashlar(...words);
      assert.equal(status, 2);
      assert.equal(out, '');
      assert.match(err, said);
    });
  }
});

describe('help', () => {
  test('of everything, also behind a group and by its own word', () => {
    const { status, out } = ashlar('--help');
    assert.equal(status, 0);
    for (const words of [[], ['help'], ['fs', '--help']]) assert.deepEqual(ashlar(...words), { status, out, err: '' });
  });
  test('of one verb', () => {
    const { status, out } = ashlar('help', 'fs', 'ls');
    assert.equal(status, 0);
    assert.match(out, /^Usage: ashlar fs ls \[options\] <image> \[path\]/);
  });
});

describe('outputs', () => {
  test('an error is JSON as well, with --json before or behind the verb', () => {
    for (const words of [
      ['--json', 'build'],
      ['build', '--json'],
    ]) {
      const { status, out } = ashlar(...words);
      assert.equal(status, 1);
      assert.equal(JSON.parse(out).error.code, 'definition-not-found');
    }
  });

  test('a reader that has gone is no error', async () => {
    const child = spawn(process.execPath, [MAIN, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    const [status] = await new Promise<[number | null]>((resolve) => child.on('close', (code) => resolve([code])));
    assert.deepEqual({ status, err }, { status: 0, err: '' });
  });

  test('a file that cannot take the output is one', () => {
    const full = openSync('/dev/full', 'w');
    try {
      const { status, stderr } = spawnSync(process.execPath, [MAIN, '--help'], {
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      });
      assert.equal(status, 1);
      assert.match(stderr, /^error \[disk-full\]/);
    } finally {
      closeSync(full);
    }
  });

  test('colours are for terminals and FORCE_COLOR, never against NO_COLOR', () => {
    const coloured = (env: NodeJS.ProcessEnv): boolean =>
      spawnSync(process.execPath, [MAIN, 'bogus'], {
        env: { ...process.env, ...env },
        encoding: 'utf8',
      }).stderr.includes('\x1b[');
    assert.equal(coloured({ NO_COLOR: '', FORCE_COLOR: '0' }), false);
    assert.equal(coloured({ NO_COLOR: '', FORCE_COLOR: '1' }), true);
    assert.equal(coloured({ NO_COLOR: '1', FORCE_COLOR: '1' }), false);
  });
});
