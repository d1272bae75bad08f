import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { AshlarError } from '../../model/error.ts';
import { makeDirectory } from '../../store/make-directory.ts';

/** Requests are some words; nothing longer is read. */
const MAX_REQUEST_BYTES = 16 << 10;

/** What an answer consists of: one document, or lines that come as things happen. */
export type Answer = { readonly document: unknown } | { readonly lines: AsyncIterable<unknown> };

/** Answers what was asked with a body that has been read as JSON. Throws AshlarErrors, which are answered. */
export type Handler = (body: unknown, signal: AbortSignal) => Promise<Answer> | Answer;

/** Handlers by method and path: `GET /v1/status`. */
export type Routes = Readonly<Record<string, Handler>>;

/**
 * Listens on the Unix socket at `path`. Whoever may write to the socket's file may ask: with the umask that the agent has, root alone. Throws
 * `agent-running` when somebody answers there already; a socket that nobody listens on any more is replaced.
 */
export async function serveAgent(path: string, routes: Routes): Promise<Server> {
  makeDirectory(dirname(path), 0o755);
  await using _ = await oneAtATime(`${path}.starting`);
  if (await isAnswered(path)) {
    throw new AshlarError('agent-running', `An agent runs already: it answers on ${path}.`, {
      hint: 'Let that one do it: `systemctl status ashlar-agent.service`.',
    });
  }
  rmSync(path, { force: true });
  const server = createServer((request, response) => void answer(routes, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return server;
}

/** Looking whether somebody listens and listening take milliseconds; whoever takes as long has died in between. */
const START_MILLISECONDS = 5000;
const LOOK_MILLISECONDS = 20;

/** Two agents that start at once would each find that nobody listens: the folder at `path` is made by one of them only. */
async function oneAtATime(path: string): Promise<AsyncDisposable> {
  const begun = performance.now();
  while (!makeNew(path)) {
    if (performance.now() - begun > START_MILLISECONDS) rmSync(path, { recursive: true, force: true });
    else await setTimeout(LOOK_MILLISECONDS);
  }
  return { [Symbol.asyncDispose]: async () => rmSync(path, { recursive: true, force: true }) };
}

/** False when it is there. */
function makeNew(path: string): boolean {
  try {
    mkdirSync(path, 0o700);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function answer(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const handler = routes[`${request.method} ${request.url}`];
    if (handler === undefined) throw usage(`The agent has no ${request.method} ${request.url}.`);
    const given = await handler(await readBody(request), gone.signal);
    if ('document' in given) return end(response, 200, given.document);
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    for await (const line of given.lines) response.write(`${JSON.stringify(line)}\n`);
    response.end();
  } catch (error) {
    const { code, message, hint } = described(error);
    if (response.headersSent) response.end(`${JSON.stringify({ error: { code, message, hint } })}\n`);
    else end(response, 400, { error: { code, message, hint } });
  }
}

function end(response: ServerResponse, status: number, document: unknown): void {
  const bytes = Buffer.from(JSON.stringify(document));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length }).end(bytes);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_REQUEST_BYTES) throw usage(`A request has more than ${MAX_REQUEST_BYTES} bytes.`);
    pieces.push(piece);
  }
  try {
    return size === 0 ? {} : JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    throw usage('A request is not JSON.');
  }
}

function described(error: unknown): { code: string; message: string; hint: string } {
  if (error instanceof AshlarError) return error;
  if (error instanceof z.ZodError) {
    const [issue] = error.issues;
    return usage(`The request does not fit: ${issue?.path.map(String).join('.')}: ${issue?.message}.`);
  }
  const message = error instanceof Error ? error.message : String(error);
  const system = error instanceof Error && 'code' in error ? error.code : undefined;
  if (system === 'ENOSPC' || system === 'EDQUOT') {
    return { code: 'disk-full', message, hint: 'Remove what fills /var: du -xh --max-depth=2 /var' };
  }
  return { code: 'internal', message, hint: 'This is a defect of the agent: `journalctl -u ashlar-agent` has more.' };
}

function usage(message: string): AshlarError {
  return new AshlarError('usage', message, { hint: 'Call it through `ashlar`, of the same release.' });
}
