import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import * as z from 'zod';
import { AshlarError } from '../../model/error.ts';
import { agentClient } from './agent-client.ts';
import { type Routes, serveAgent } from './agent-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'socket-test-'));
const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(folder, { recursive: true });
});

async function serve(name: string, routes: Routes): Promise<string> {
  const path = join(folder, name);
  servers.push(await serveAgent(path, routes));
  return path;
}

async function* counting(to: number): AsyncGenerator<unknown> {
  for (let at = 1; at <= to; at++) yield { at };
}

test('documents, lines and errors come through as they are', async () => {
  const path = await serve('agent.sock', {
    'GET /v1/status': () => ({ document: { fine: true } }),
    'POST /v1/echo': (body) => ({ document: { body } }),
    'POST /v1/parsed': (body) => ({ document: z.strictObject({ version: z.string() }).parse(body) }),
    'POST /v1/count': () => ({ lines: counting(3) }),
    'POST /v1/torn': () => ({
      lines: (async function* () {
        yield { at: 1 };
        throw new AshlarError('no-way-back', 'There is none.', { hint: 'Go on.' });
      })(),
    }),
    'GET /v1/broken': () => {
      throw new TypeError('a defect');
    },
  });
  const client = agentClient(path);
  assert.deepEqual(await client.ask('GET', '/v1/status'), { fine: true });
  assert.deepEqual(await client.ask('POST', '/v1/echo', { a: 1 }), { body: { a: 1 } });
  assert.deepEqual(await Array.fromAsync(client.follow('/v1/count', {})), [{ at: 1 }, { at: 2 }, { at: 3 }]);
  await assert.rejects(Array.fromAsync(client.follow('/v1/torn', {})), { code: 'no-way-back', hint: 'Go on.' });
  await assert.rejects(client.ask('POST', '/v1/parsed', { version: 1 }), { code: 'usage' });
  await assert.rejects(client.ask('GET', '/v1/broken'), { code: 'internal', message: 'a defect' });
  await assert.rejects(client.ask('GET', '/v1/nothing'), { code: 'usage' });
  await assert.rejects(client.ask('POST', '/v1/echo', { long: 'x'.repeat(1 << 20) }), AshlarError);
});

test('a second agent is refused; a socket that nobody listens on is replaced', async () => {
  const path = await serve('one.sock', { 'GET /v1/status': () => ({ document: 1 }) });
  await assert.rejects(serveAgent(path, {}), { code: 'agent-running' });
  assert.equal(await agentClient(path).ask('GET', '/v1/status'), 1);
  const left = join(folder, 'left.sock');
  writeFileSync(left, '');
  await serve('left.sock', { 'GET /v1/status': () => ({ document: 2 }) });
  assert.equal(await agentClient(left).ask('GET', '/v1/status'), 2);
});

test('when no agent runs, that is what one is told', async () => {
  const nobody = agentClient(join(folder, 'nobody.sock'));
  await assert.rejects(nobody.ask('GET', '/v1/status'), { code: 'agent-unreachable', message: /it does not run/ });
});

test('when who asked goes away, the handler is told', async () => {
  const heard = Promise.withResolvers<void>();
  const path = await serve('gone.sock', {
    'POST /v1/update': (_, signal) => ({
      lines: (async function* () {
        signal.addEventListener('abort', () => heard.resolve());
        yield { kind: 'phase' };
        await heard.promise;
      })(),
    }),
  });
  for await (const line of agentClient(path).follow('/v1/update', {})) {
    assert.deepEqual(line, { kind: 'phase' });
    break;
  }
  await heard.promise;
});

test('of agents that start at the same moment one runs', async () => {
  const path = join(folder, 'many.sock');
  const routes = { 'GET /v1/status': () => ({ document: 1 }) };
  const started = await Promise.allSettled(Array.from({ length: 4 }, () => serveAgent(path, routes)));
  for (const one of started) {
    if (one.status === 'fulfilled') servers.push(one.value);
    else assert.equal(one.reason.code, 'agent-running');
  }
  assert.equal(started.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.equal(await agentClient(path).ask('GET', '/v1/status'), 1);
});

test('an agent that died while it began to listen keeps no other from it', async () => {
  const path = join(folder, 'died.sock');
  mkdirSync(`${path}.starting`);
  servers.push(await serveAgent(path, { 'GET /v1/status': () => ({ document: 1 }) }));
  assert.equal(existsSync(`${path}.starting`), false);
});

test('nobody’s words steer the terminal', async () => {
  const path = await serve('words.sock', {
    'GET /v1/status': () => ({ document: { why: 'a lock\u001b[2J\u202e\nof two lines' } }),
    'POST /v1/lines': () => ({
      lines: (async function* () {
        yield { words: '\u001b]0;title\u0007' };
      })(),
    }),
  });
  const client = agentClient(path);
  assert.deepEqual(await client.ask('GET', '/v1/status'), { why: 'a lock\ufffd[2J\ufffd\nof two lines' });
  assert.deepEqual(await Array.fromAsync(client.follow('/v1/lines', {})), [{ words: '\ufffd]0;title\ufffd' }]);
});

test('a full disk is called one', async () => {
  const path = await serve('full.sock', {
    'POST /v1/pin': () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    },
  });
  await assert.rejects(agentClient(path).ask('POST', '/v1/pin', {}), { code: 'disk-full' });
});
