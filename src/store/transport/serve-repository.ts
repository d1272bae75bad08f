import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AshlarError } from '../../model/error.ts';
import { METADATA_FOLDER } from '../../model/repository.ts';
import { checkRepositoryPath } from './repository-path.ts';

/** One request that was answered. */
export interface Served {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Bytes of the body. */
  readonly bytes: number;
}

export interface ServeOptions {
  /** The repository's directory. */
  readonly directory: string;
  /** `127.0.0.1` when absent: nobody else's business. */
  readonly host?: string;
  /** Any that is free when absent. */
  readonly port?: number;
  readonly onServed?: (served: Served) => void;
}

/** A repository that is being served. */
export interface RepositoryServer {
  /** Ends with a slash. */
  readonly url: string;
  readonly port: number;
  /** Ends all connections and the listening. */
  close(): Promise<void>;
}

/** A FIFO in the directory must not hold whoever asks for it. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;
/** What is named by its content or its number never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable';
/** Only these are replaced. */
const REPLACED = new Set([`${METADATA_FOLDER}/timestamp.json`]);

/**
 * Serves the repository in a directory: GET and HEAD of its files, single ranges, entity tags. For development and demonstrations, and as an
 * example of how little a web server must do. Nothing is compressed on the way: packs hold what is compressed already, and ranges of a compressed
 * answer would mean something else. Throws `path-unusable` when the address cannot be listened on.
 */
export async function serveRepository(options: ServeOptions): Promise<RepositoryServer> {
  const server = createServer((request, response) => {
    const path = pathOf(request);
    response.on('close', () => {
      const { statusCode: status } = response;
      const bytes = request.method === 'HEAD' ? 0 : Number(response.getHeader('content-length') ?? 0);
      options.onServed?.({ method: request.method ?? '', path, status, bytes });
    });
    // The receiver went away, or the file shrank: the connection is broken, which tells the receiver.
    answer(options.directory, path, request, response).catch(() => response.destroy());
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  try {
    await promise;
  } catch (error) {
    throw new AshlarError('path-unusable', `The address cannot be listened on: ${(error as Error).message}.`, {
      hint: 'Name another port, or end what uses it.',
      cause: error,
    });
  }
  const { address, family, port } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/`,
    port,
    async close() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

async function answer(
  directory: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, { allow: 'GET, HEAD' });
  const file = await openAt(directory, path);
  if (file === undefined) return end(response, 404);
  try {
    await answerWith(file, path, request, response);
  } finally {
    await file.close();
  }
}

/** Everything is said of the file that is open: under its name there may be another one in the next moment. */
async function answerWith(
  file: FileHandle,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const found = await file.stat();
  if (!found.isFile()) return end(response, 404);
  const tag = `"${found.ino.toString(16)}-${found.size.toString(16)}-${Math.floor(found.mtimeMs).toString(16)}"`;
  const headers = {
    etag: tag,
    'accept-ranges': 'bytes',
    'cache-control': REPLACED.has(path) ? 'no-cache' : FOR_EVER,
    'content-type': path.endsWith('.json') ? 'application/json' : 'application/octet-stream',
  };
  if (request.headers['if-none-match'] === tag) return end(response, 304, headers);
  const range = rangeOf(request, tag, found.size);
  if (range === 'unsatisfiable') return end(response, 416, { 'content-range': `bytes */${found.size}` });
  const { first, last } = range ?? { first: 0, last: found.size - 1 };
  begin(response, range === undefined ? 200 : 206, {
    ...headers,
    'content-length': String(last - first + 1),
    ...(range === undefined ? {} : { 'content-range': `bytes ${first}-${last}/${found.size}` }),
  });
  if (request.method === 'HEAD' || last < first) return void response.end();
  await pipeline(file.createReadStream({ start: first, end: last, autoClose: false }), response);
}

function end(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  begin(response, status, { ...headers, ...(status === 304 ? {} : { 'content-length': '0' }) });
  response.end();
}

/** Sets each header by itself, so that they can be asked for afterwards. */
function begin(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.writeHead(status);
}

async function openAt(directory: string, path: string): Promise<FileHandle | undefined> {
  try {
    return await open(join(directory, checkRepositoryPath(path)), READ_FLAGS);
  } catch {
    return undefined;
  }
}

/** The path that is asked for, as {@link checkRepositoryPath} wants it; what cannot be decoded names no file. */
function pathOf(request: IncomingMessage): string {
  try {
    const [path = ''] = (request.url ?? '').split('?', 1);
    return decodeURIComponent(path.replace(/^\//, ''));
  } catch {
    return '';
  }
}

/** The part that is asked for: one range. Several, other units and nonsense are answered with all (RFC 9110, 14.2). */
function rangeOf(
  request: IncomingMessage,
  tag: string,
  size: number,
): { first: number; last: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(request.headers.range ?? '');
  const condition = request.headers['if-range'];
  if (match === null || (condition !== undefined && condition !== tag)) return undefined;
  const [, from = '', to = ''] = match;
  if (from === '' && to === '') return undefined;
  if (from === '') {
    const count = Math.min(size, Number(to));
    return count === 0 ? 'unsatisfiable' : { first: size - count, last: size - 1 };
  }
  const first = Number(from);
  const last = to === '' ? size - 1 : Math.min(size - 1, Number(to));
  if (to !== '' && Number(to) < first) return undefined;
  return first >= size ? 'unsatisfiable' : { first, last };
}
