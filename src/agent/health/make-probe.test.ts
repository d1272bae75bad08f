import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import type { HealthCheck } from '../../model/definition/definition.ts';
import { runProgram } from '../../store/program/run-program.ts';
import type { RunOnDevice } from '../system/run-on-device.ts';
import { MAX_OUTPUT_BYTES } from './check-result.ts';
import { makeProbe } from './make-probe.ts';

const TIMING = { interval: 1000, timeout: 10_000, successes: 3 };
/** systemd-run needs a running systemd: the command behind its `--` is run instead, as it would be. */
const run: RunOnDevice = (argv, options) =>
  runProgram(argv[0] === 'systemd-run' ? argv.slice(argv.indexOf('--') + 1) : argv, options);

const folder = mkdtempSync(join(tmpdir(), 'probe-test-'));
const servers: Server[] = [];
after(() => {
  rmSync(folder, { recursive: true });
  for (const server of servers) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const tryOnce = (check: HealthCheck, program = run, signal = new AbortController().signal) =>
  makeProbe(check, program)(signal);

test('a file: there, or containing a text; a folder and a pipe contain nothing', async () => {
  const path = join(folder, 'ready');
  const missing = await tryOnce({ kind: 'file', path, ...TIMING });
  assert.equal(missing.passed, false);
  assert.match(missing.output, /no such file/);
  writeFileSync(path, 'all is well');
  assert.deepEqual(await tryOnce({ kind: 'file', path, ...TIMING }), { passed: true, output: `${path} is there` });
  assert.equal((await tryOnce({ kind: 'file', path, contains: 'well', ...TIMING })).passed, true);
  assert.equal((await tryOnce({ kind: 'file', path, contains: 'ill', ...TIMING })).passed, false);
  await runProgram(['mkfifo', join(folder, 'pipe')]);
  assert.equal((await tryOnce({ kind: 'file', path: join(folder, 'pipe'), contains: 'x', ...TIMING })).passed, false);
});

test('a port: open, or nobody there', async () => {
  const server = createServer();
  const port = await listen(server);
  const check = { kind: 'tcp', host: '127.0.0.1', port, ...TIMING } as const;
  assert.equal((await tryOnce(check)).passed, true);
  server.close();
  const closed = await tryOnce(check);
  assert.equal(closed.passed, false);
  assert.match(closed.output, /ECONNREFUSED/);
});

test('a request over HTTP: status, text, an endless answer, one that breaks off', async () => {
  const server = createHttpServer((request, answer) => {
    if (request.url === '/well') answer.end('ready: yes');
    else if (request.url === '/moved') answer.writeHead(302, { location: '/well' }).end();
    else if (request.url === '/broken') answer.write('rea', () => answer.destroy());
    else if (request.url === '/endless') {
      const piece = Buffer.alloc(1 << 16, 'x');
      const timer = setInterval(() => answer.write(piece), 1);
      answer.once('close', () => clearInterval(timer));
    } else answer.writeHead(503).end('out of \x1b[31morder');
  });
  const port = await listen(server);
  const ask = (path: string, more: object = {}) =>
    tryOnce({ kind: 'http', url: `http://127.0.0.1:${port}${path}`, status: 200, ...TIMING, ...more });
  assert.deepEqual(await ask('/well'), { passed: true, output: 'status 200' });
  assert.equal((await ask('/well', { contains: 'yes' })).passed, true);
  assert.equal((await ask('/well', { contains: 'no!' })).passed, false);
  assert.equal((await ask('/moved')).passed, false);
  assert.equal((await ask('/moved', { status: 302 })).passed, true);
  assert.equal((await ask('/endless')).passed, true);
  assert.equal((await ask('/broken')).passed, false);
  assert.deepEqual(await ask('/else'), { passed: false, output: 'status 503 instead of 200: out of  [31morder' });
});

test('a try that takes longer than its time-out has failed, and nothing of it is left', async () => {
  const server = createServer(() => {});
  const port = await listen(server);
  const check = { kind: 'http', url: `http://127.0.0.1:${port}/`, status: 200, ...TIMING, timeout: 50 } as const;
  assert.deepEqual(await tryOnce(check), { passed: false, output: 'no answer within 0.05 s' });
  const slow = await tryOnce({ kind: 'command', command: ['/bin/sleep', '600'], ...TIMING, timeout: 50 });
  assert.deepEqual(slow, { passed: false, output: 'no answer within 0.05 s' });
});

test('a command: its status, and the end of what it says', async () => {
  const good = await tryOnce({ kind: 'command', command: ['/bin/echo', 'fine'], ...TIMING });
  assert.deepEqual(good, { passed: true, output: 'fine' });
  const bad = await tryOnce({ kind: 'command', command: ['/bin/sh', '-c', 'seq 10000; exit 7'], ...TIMING });
  assert.equal(bad.passed, false);
  assert.match(bad.output, /^status 7: /);
  assert.match(bad.output, /\n10000$/);
  assert.ok(bad.output.length <= MAX_OUTPUT_BYTES + 20);
  const none = await tryOnce({ kind: 'command', command: ['/nowhere/program'], ...TIMING });
  assert.equal(none.passed, false);
});

test('a unit: active, failed, started anew between two looks', async () => {
  let shown = '';
  const systemctl: RunOnDevice = async (argv) => {
    assert.deepEqual(argv.slice(0, 2), ['systemctl', 'show']);
    assert.deepEqual(argv.slice(-2), ['--', 'web.service']);
    return { status: 0, stdout: shown, stderr: '' };
  };
  const state = (active: string, sub: string, result: string, invocation: string): void => {
    shown = `LoadState=loaded\nActiveState=${active}\nSubState=${sub}\nResult=${result}\nInvocationID=${invocation}\n`;
  };
  const probe = makeProbe({ kind: 'unit', unit: 'web.service', ...TIMING }, systemctl);
  const look = () => probe(new AbortController().signal);
  state('active', 'running', 'success', 'a1');
  assert.deepEqual(await look(), { passed: true, output: 'web.service is active (running)' });
  assert.equal((await look()).passed, true);
  state('active', 'running', 'success', 'b2');
  assert.match((await look()).output, /started anew/);
  assert.equal((await look()).passed, true);
  state('failed', 'failed', 'exit-code', 'b2');
  assert.deepEqual(await look(), { passed: false, output: 'web.service is failed (exit-code)' });
  shown = 'LoadState=not-found\nActiveState=inactive\nSubState=dead\nResult=success\nInvocationID=\n';
  assert.deepEqual(await look(), { passed: false, output: 'web.service is not-found' });
});

test('a command is run as it is written, and what does not end is ended', async () => {
  let called: readonly string[] = [];
  const systemdRun: RunOnDevice = async (argv) => {
    called = argv;
    return { status: 0, stdout: '', stderr: '' };
  };
  const command = ['/bin/sh', '-c', 'test "$(cat /run/$NAME)" = 1 && echo $$'];
  await tryOnce({ kind: 'command', command, ...TIMING, timeout: 2000 }, systemdRun);
  const words = called.slice(called.indexOf('--') + 1);
  assert.deepEqual(words, ['/bin/sh', '-c', 'test "$$(cat /run/$$NAME)" = 1 && echo $$$$']);
  assert.ok(called.includes('--property=RuntimeMaxSec=2000ms') && called.includes('--property=TimeoutStopSec=1s'));
});

test('the password of a URL is not told', async () => {
  const failed = await tryOnce({ kind: 'http', url: 'http://ada:s3cret@127.0.0.1:1/', status: 200, ...TIMING });
  assert.equal(failed.passed, false);
  assert.match(failed.output, /ECONNREFUSED/);
  assert.doesNotMatch(failed.output, /s3cret/);
});
