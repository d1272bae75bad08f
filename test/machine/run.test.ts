/**
 * `ashlar run` as a person and as a script use it: mostly on an empty disk, where the firmware's shell stands in for a system, and
 * once on a release.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, afterEach, before } from 'node:test';
import { runEventSchema } from '../../src/vm/run-event.ts';
import { exampleRelease } from './example-release.ts';

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname;
/** A firmware's start takes three seconds; on a busy host many times that. */
const SECONDS = 120;

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-test-'));
  mkdirSync(join(folder, 'tmp'));
  writeFileSync(join(folder, 'blank.raw'), '');
  truncateSync(join(folder, 'blank.raw'), 16 << 20);
});
after(() => rmSync(folder, { recursive: true }));

/** What a failed test would leave running. */
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGTERM');
});

const environment = () => ({
  ...process.env,
  NO_COLOR: '1',
  ASHLAR_STORE: join(folder, 'store'),
  TMPDIR: join(folder, 'tmp'),
});
const words = (...more: string[]): string[] => [
  MAIN,
  'run',
  join(folder, 'blank.raw'),
  '--memory',
  '256M',
  '--cpus',
  '1',
  ...more,
];

/** A command whose output is waited for, and which is typed to. */
function start(program: string, argv: readonly string[]) {
  const child = spawn(program, argv, { stdio: ['pipe', 'pipe', 'pipe'], env: environment() });
  started.push(child);
  const heard = { out: '', error: '' };
  const waiting = new Set<() => void>();
  for (const [stream, key] of [
    [child.stdout, 'out'],
    [child.stderr, 'error'],
  ] as const) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      heard[key] += text;
      for (const look of waiting) look();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    child,
    heard,
    ended,
    type: (keys: string) => child.stdin.write(keys),
    /** Waits for `pattern` in what was written since the last wait. */
    async until(pattern: RegExp): Promise<void> {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const look = (): void => {
        const found = pattern.exec(heard.out);
        if (found === null) return;
        heard.out = heard.out.slice(found.index + found[0].length);
        resolve();
      };
      const timer = setTimeout(() => reject(new Error(`no ${pattern} in: ${heard.out}`)), SECONDS * 1000);
      waiting.add(look);
      look();
      await promise;
      clearTimeout(timer);
      waiting.delete(look);
    },
  };
}

/** On a pseudo-terminal; `script` is in every Debian. */
function onTerminal(...more: string[]) {
  const line = [process.execPath, ...words(...more)].map((word) => `'${word}'`).join(' ');
  return start('script', ['-qfec', line, '/dev/null']);
}

/** Emulators whose machines lie in our folder. */
function emulators(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
        return command.includes('qemu-system') && command.includes(folder);
      } catch {
        return false;
      }
    });
}

function assertNothingLeft(): void {
  assert.deepEqual(emulators(), []);
  assert.deepEqual(readdirSync(join(folder, 'tmp')), []);
  assert.deepEqual(readdirSync(join(folder, 'store', 'tmp')), []);
}

test('on a terminal: stages, the log, the console, and back', { timeout: SECONDS * 3000 }, async () => {
  const run = onTerminal();
  await run.until(/the boot loader starts/);
  await run.until(/l log · c console · q power off/);
  run.type('l');
  await run.until(/── log ──/);
  await run.until(/BdsDxe: starting Boot/);
  run.type('c');
  await run.until(/── console ── Ctrl-\] back ──/);
  run.type('\x1b');
  await run.until(/Shell>/);
  run.type('echo one-$(two\r');
  await run.until(/\none-\$\(two/);
  run.type('\x1d');
  await run.until(/l log · c console · q power off/);
  run.type('q');
  assert.equal(await run.ended, 1);
  await run.until(/✖ it ended before it was up; it came as far as: loader/);
  assertNothingLeft();
});

test('the guest can power itself off', { timeout: SECONDS * 3000 }, async () => {
  const run = onTerminal();
  await run.until(/q power off/);
  run.type('c');
  await run.until(/any other key to continue/);
  run.type('\x1b');
  await run.until(/Shell>/);
  run.type('reset -s\r');
  assert.equal(await run.ended, 1);
  assertNothingLeft();
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} leaves no process and no file`, { timeout: SECONDS * 1000 }, async () => {
    const run = start(process.execPath, words('--headless', '--json'));
    await run.until(/"event":"firmware"/);
    assert.equal(emulators().length, 1);
    run.child.kill(signal);
    assert.equal(await run.ended, 1);
    assert.match(run.heard.out, /"interrupted"/);
    assertNothingLeft();
  });
}

test('killed, it leaves no process, and the next run sweeps its files', { timeout: SECONDS * 2000 }, async () => {
  const run = start(process.execPath, words('--headless', '--json'));
  await run.until(/"event":"started"/);
  await killed(run.child, run.ended);
  while (emulators().length > 0) await new Promise((resolve) => setImmediate(resolve));
  const next = start(process.execPath, words('--headless', '--json', '--timeout', '1'));
  assert.equal(await next.ended, 1);
  assertNothingLeft();
});

async function killed(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}

test('tells scripts what happens, and how it ends', { timeout: SECONDS * 1000 }, async () => {
  const run = start(process.execPath, words('--json', '--timeout', '5', '--forward', '0:80'));
  assert.equal(await run.ended, 1);
  const events = run.heard.out
    .trim()
    .split('\n')
    .map((line) => runEventSchema.parse(JSON.parse(line)));
  assert.deepEqual(
    events.slice(0, 2).map(({ event }) => event),
    ['accelerator', 'started'],
  );
  const started = events.find(({ event }) => event === 'started');
  assert.ok(started?.event === 'started' && started.forwards[0]!.host > 0 && started.forwards[0]!.guest === 80);
  const last = events.at(-1);
  assert.ok(last?.event === 'exit' && last.verdict === 'failed' && /not up in time/.test(last.reason));
});

test('--persist keeps the disk and the firmware’s variables, and goes on with them', {
  timeout: SECONDS * 2000,
}, async () => {
  const kept = join(folder, 'kept.qcow2');
  for (const _ of ['made', 'used again']) {
    const run = start(process.execPath, words('--json', '--timeout', '1', '--persist', kept, '--disk-size', '32M'));
    assert.equal(await run.ended, 1);
    assert.doesNotMatch(run.heard.error, /error/);
    assert.equal(readFileSync(kept).subarray(0, 4).toString('latin1'), 'QFI\xfb');
    assert.ok(statSync(`${kept}.efivars`).size > 0);
    assertNothingLeft();
  }
});

test('a release comes up, and the exit code says so', { timeout: SECONDS * 5000 }, async () => {
  using release = await exampleRelease('minimal');
  const run = start(process.execPath, [MAIN, 'run', release.directory, '--json', '--until', 'ready', '--cpus', '1']);
  assert.equal(await run.ended, 0);
  const events = run.heard.out
    .trim()
    .split('\n')
    .map((line) => runEventSchema.parse(JSON.parse(line)));
  const seen = events.map(({ event }) => event);
  assert.deepEqual(
    seen.filter((event) => event !== 'initrd'),
    [...['accelerator', 'started', 'firmware', 'loader', 'kernel', 'userspace', 'ready', 'exit']],
  );
  const ready = events.find(({ event }) => event === 'ready');
  assert.ok(ready?.event === 'ready' && ready.verified && ready.readOnly && ready.name === 'minimal');
  assertNothingLeft();
});

for (const [name, wrong, message] of [
  ['a port that is none', ['--forward', '80:70000'], /forward/],
  ['ports without a network', ['--network', 'none', '--ssh'], /without a network/],
  ['a size without unit', ['--memory', '512'], /memory/],
  ['keys for a disk that is made already', ['--secure-boot', 'keys'], /keys cannot be put onto it/],
] as const) {
  test(`the call is wrong: ${name}`, async () => {
    const run = start(process.execPath, words(...wrong));
    assert.equal(await run.ended, 2);
    assert.match(run.heard.error, message);
  });
}
