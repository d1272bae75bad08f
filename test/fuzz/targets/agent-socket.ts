import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  pinRequestSchema,
  ROUTES,
  rollbackRequestSchema,
  updateRequestSchema,
} from '../../../src/agent/socket/agent-api.ts';
import { agentClient } from '../../../src/agent/socket/agent-client.ts';
import { type Routes, serveAgent } from '../../../src/agent/socket/agent-server.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

/** Reads requests as the agent does, and does nothing else. */
const READS: Routes = {
  [`GET ${ROUTES.status}`]: () => ({ document: { status: 'there' } }),
  [`POST ${ROUTES.update}`]: (body) => ({ lines: lines(updateRequestSchema.parse(body)) }),
  [`POST ${ROUTES.rollback}`]: (body) => ({ document: rollbackRequestSchema.parse(body) }),
  [`POST ${ROUTES.pin}`]: (body) => ({ document: pinRequestSchema.parse(body) }),
};

async function* lines(line: unknown): AsyncGenerator<unknown> {
  yield line;
}

function request(method: string, route: string, body: object): Buffer {
  const text = JSON.stringify(body);
  return Buffer.from(`${method} ${route} HTTP/1.1\r\nhost: agent\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
}

/** The head of a request and the beginning of its body. */
const HEAD = /^(?<before>[\s\S]*?content-length: )(?<length>\d+)(?<after>[\s\S]*?\r\n\r\n)/;

const folder = mkdtempSync(join(tmpdir(), 'ashlar-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true }));
const path = join(folder, 'agent.sock');
const server = await serveAgent(path, READS);
server.unref();
const client = agentClient(path);

/** The agent's socket: whatever is sent to it, it answers the next one who asks. */
const target: FuzzTarget = {
  name: 'agent-socket',
  seeds: () => [
    request('POST', ROUTES.update, { mode: 'install', from: '/mnt/stick', allowExpired: 'a test', again: '2' }),
    request('POST', ROUTES.rollback, { to: '1', reason: 'a test' }),
    request('POST', ROUTES.pin, { version: '2', reason: 'a test' }),
    request('GET', ROUTES.status, {}),
  ],
  repair(input) {
    // A length that fits has as many digits as before, or the request is left as it is.
    const text = input.toString('latin1');
    const { before = '', length = '', after = '' } = HEAD.exec(text)?.groups ?? {};
    const fitting = String(text.length - before.length - length.length - after.length);
    if (fitting.length === length.length) input.write(fitting, before.length, 'latin1');
  },
  async run(input) {
    const socket = connect(path);
    socket.on('error', () => {}); // the agent may hang up on it
    socket.end(input);
    socket.resume();
    await once(socket, 'close');
    assert.deepEqual(await client.ask('GET', ROUTES.status), { status: 'there' });
  },
};

export default target;
