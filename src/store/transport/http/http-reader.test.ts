import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createRawServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { limitBandwidth } from '../bandwidth-limit.ts';
import { ManualClock } from '../manual-clock.fixture.ts';
import type { RepositoryReader } from '../repository-reader.ts';
import { RepositoryUnreachable } from '../repository-unreachable.ts';
import { patterned } from '../scratch.fixture.ts';
import { HTTP_LIMITS } from './http-limits.ts';
import { type HttpReaderOptions, openHttpReader } from './http-reader.ts';

const CONTENT = patterned(300_000);
const RANGES = [
  { offset: 10, length: 1000 },
  { offset: 100_000, length: 70_000 },
  { offset: 250_000, length: 50_000 },
];

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** A loopback server that answers as `handle` says; `count` counts requests from 1. */
async function serving(t: TestContext, handle: Handler): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.url} ${request.headers.range ?? '-'}`);
    handle(request, response, requests.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/os/`, requests };
}

/** A reader with a clock whose pauses end at once. */
function reader(url: string, options: HttpReaderOptions = {}): RepositoryReader {
  return openHttpReader(url, { clock: new ManualClock({ skipPauses: true }), ...options });
}

async function ranges(from: RepositoryReader, which = RANGES): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const { bytes } of from.readRanges('pack', which)) pieces.push(bytes);
  return Buffer.concat(pieces);
}

const EXPECTED = Buffer.concat(RANGES.map(({ offset, length }) => CONTENT.subarray(offset, offset + length)));

function rangeOf(request: IncomingMessage): { first: number; last: number } {
  const [, first = '0', last = String(CONTENT.length - 1)] =
    /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  return { first: Number(first), last: Number(last) };
}

/** What a good server does. */
const honest: Handler = (request, response) => {
  const { first, last } = rangeOf(request);
  if (request.headers.range === undefined) return void response.end(CONTENT);
  response.writeHead(206, {
    'content-range': `bytes ${first}-${last}/${CONTENT.length}`,
    'content-length': last - first + 1,
  });
  response.end(CONTENT.subarray(first, last + 1));
};

/** Bad answers that are not worth asking for again, and the code of the error. */
const REFUSED: Readonly<Record<string, { handle: Handler; code: string }>> = {
  'another range than was asked for': {
    code: 'repository-corrupt',
    handle: (_, response) =>
      response
        .writeHead(206, { 'content-range': 'bytes 0-99/300000', 'content-length': 100 })
        .end(CONTENT.subarray(0, 100)),
  },
  'a longer range than was asked for': {
    code: 'repository-corrupt',
    handle: (request, response) =>
      response.writeHead(206, { 'content-range': `bytes ${rangeOf(request).first}-299999/300000` }).end(CONTENT),
  },
  'no Content-Range': { code: 'repository-corrupt', handle: (_, response) => response.writeHead(206).end(CONTENT) },
  'a Content-Range of garbage': {
    code: 'repository-corrupt',
    handle: (_, response) => response.writeHead(206, { 'content-range': 'bytes ten-twenty/all' }).end(CONTENT),
  },
  'several parts at once': {
    code: 'repository-corrupt',
    handle: (_, response) =>
      response.writeHead(206, { 'content-type': 'multipart/byteranges; boundary=x' }).end('--x--'),
  },
  'a file that is too short': {
    code: 'repository-incomplete',
    handle: (request, response) =>
      response
        .writeHead(206, {
          'content-range': `bytes ${rangeOf(request).first}-${rangeOf(request).first}/${rangeOf(request).first + 1}`,
        })
        .end('x'),
  },
  'status 416': {
    code: 'repository-incomplete',
    handle: (_, response) => response.writeHead(416, { 'content-range': 'bytes */5' }).end(),
  },
  'status 404': { code: 'repository-incomplete', handle: (_, response) => response.writeHead(404).end('gone') },
  'status 401': { code: 'repository-unreachable', handle: (_, response) => response.writeHead(401).end() },
  'compression that nobody asked for': {
    code: 'repository-unreachable',
    handle: (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(CONTENT),
  },
  'a redirection without end': {
    code: 'repository-unreachable',
    handle: (request, response) => response.writeHead(302, { location: `${request.url}x` }).end(),
  },
  'a redirection to a file': {
    code: 'repository-unreachable',
    handle: (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  },
  'a redirection to nowhere': {
    code: 'repository-unreachable',
    handle: (_, response) => response.writeHead(302, { location: 'http://' }).end(),
  },
};

for (const [name, { handle, code }] of Object.entries(REFUSED)) {
  test(`${name}: refused, without asking again`, async (t) => {
    const { url, requests } = await serving(t, handle);
    await assert.rejects(ranges(reader(url)), { code });
    assert.ok(
      requests.length <= Math.max(RANGES.length, (HTTP_LIMITS.redirects + 1) * RANGES.length),
      `${requests.length} requests`,
    );
  });
}

/** Bad luck, after which asking again brings all. */
const MENDED: Readonly<Record<string, Handler>> = {
  'connections that break in the middle': (request, response) => {
    const { first, last } = rangeOf(request);
    response.writeHead(206, {
      'content-range': `bytes ${first}-${last}/${CONTENT.length}`,
      'content-length': last - first + 1,
    });
    // No more than 30,000 bytes a connection: a range of 70,000 takes three.
    if (last - first < 30_000) return void response.end(CONTENT.subarray(first, last + 1));
    response.write(CONTENT.subarray(first, first + 30_000), () => response.destroy());
  },
  'ranges that are cut short': (request, response) => {
    const { first, last } = rangeOf(request);
    const end = Math.min(last, first + 65_535);
    response.writeHead(206, { 'content-range': `bytes ${first}-${end}/*` }).end(CONTENT.subarray(first, end + 1));
  },
  'a server that ignores ranges': (_, response) => response.end(CONTENT),
  'a server that ignores ranges, and breaks': (_, response, count) => {
    response.writeHead(200, { 'content-length': CONTENT.length });
    if (count > RANGES.length + 2) return void response.end(CONTENT);
    response.write(CONTENT.subarray(0, 60_000 * count), () => response.destroy());
  },
  'a server that is overloaded at first': (request, response, count) => {
    if (count <= 2) return void response.writeHead(503, { 'retry-after': '7' }).end();
    honest(request, response, count);
  },
  'a redirection': (request, response, count) => {
    if (request.url?.startsWith('/os/') === true)
      return void response.writeHead(307, { location: '/elsewhere/pack' }).end();
    honest(request, response, count);
  },
};

for (const [name, handle] of Object.entries(MENDED)) {
  test(`${name}: all comes in the end`, async (t) => {
    const { url } = await serving(t, handle);
    assert.ok((await ranges(reader(url))).equals(EXPECTED));
  });
}

test('neighbours are asked for together, and no byte more is given out', async (t) => {
  const { url, requests } = await serving(t, honest);
  const which = [
    { offset: 0, length: 4096 },
    { offset: 8192, length: 4096 },
    { offset: 200_000, length: 4096 },
  ];
  assert.equal((await ranges(reader(url), which)).length, 3 * 4096);
  assert.deepEqual(requests, ['/os/pack bytes=0-12287', '/os/pack bytes=200000-204095']);
});

test('the beginning of a file is asked for as a range: not a byte more is on its way', async (t) => {
  const { url, requests } = await serving(t, honest);
  await ranges(reader(url), [{ offset: 0, length: 4096 }]);
  assert.deepEqual(requests, ['/os/pack bytes=0-4095']);
});

test('a server that stays overloaded is given up, with the pause that it asked for', async (t) => {
  const { url, requests } = await serving(t, (_, response) => response.writeHead(503, { 'retry-after': '3600' }).end());
  await assert.rejects(reader(url).read('metadata/timestamp.json', { maxBytes: 100 }), (error) => {
    assert.ok(error instanceof RepositoryUnreachable);
    assert.deepEqual(error.retry, { kind: 'after', seconds: 3600 });
    return true;
  });
  assert.equal(requests.length, 1);
});

test('a server that keeps failing is asked a few times, with longer pauses', async (t) => {
  const clock = new ManualClock({ skipPauses: true });
  const { url, requests } = await serving(t, (_, response) => response.writeHead(500).end());
  await assert.rejects(openHttpReader(url, { clock }).read('file', { maxBytes: 100 }), {
    code: 'repository-unreachable',
  });
  assert.equal(requests.length, HTTP_LIMITS.attempts);
  assert.deepEqual(clock.skipped, [1000, 2000, 4000]);
});

test('a server that accepts and says nothing', async (t) => {
  const clock = new ManualClock();
  const { url } = await serving(t, () => clock.advance(HTTP_LIMITS.answerMilliseconds));
  const read = openHttpReader(url, { clock, limits: { attempts: 1 } }).read('file', { maxBytes: 100 });
  await assert.rejects(read, { code: 'repository-unreachable', message: /does not answer within 30 s/ });
});

test('a server that falls silent in the middle', async (t) => {
  const clock = new ManualClock();
  const { url } = await serving(
    t,
    (_, response) => void response.writeHead(200, { 'content-length': 100 }).write('half'),
  );
  const from = openHttpReader(url, { clock, limits: { attempts: 1 } });
  const silence = async (): Promise<void> => {
    for await (const { bytes } of from.readRanges('file', [{ offset: 0, length: 100 }])) {
      assert.equal(bytes.toString(), 'half');
      // After this turn the reader waits for more.
      setImmediate(() => clock.advance(HTTP_LIMITS.silenceMilliseconds));
    }
  };
  await assert.rejects(silence(), { code: 'repository-unreachable', message: /sent nothing for 30 s/ });
});

test('a server that gives a byte now and then', async (t) => {
  const clock = new ManualClock();
  let more = (): void => {};
  const { url } = await serving(t, (_, response) => {
    response.writeHead(206, { 'content-range': 'bytes 0-999/1000', 'content-length': 1000 });
    more = () => void response.write('x');
    more();
  });
  const from = openHttpReader(url, { clock, limits: { attempts: 1 } });
  const drip = async (): Promise<void> => {
    for await (const _ of from.readRanges('file', [{ offset: 0, length: 1000 }])) {
      setImmediate(() => {
        clock.advance(HTTP_LIMITS.silenceMilliseconds - 1);
        more();
      });
    }
  };
  await assert.rejects(drip(), { code: 'repository-unreachable', message: /sent \d+ bytes in \d+ s/ });
});

test('an endless file costs no more than what may come', async (t) => {
  const { url } = await serving(t, (_, response) => {
    const flood = (): void => {
      while (response.write(CONTENT));
      response.once('drain', flood);
    };
    flood();
  });
  await assert.rejects(reader(url).read('metadata/1.root.json', { maxBytes: 512_000 }), {
    code: 'repository-file-too-long',
  });
});

test('a part where all was asked for', async (t) => {
  for (const status of [206, 416]) {
    const { url } = await serving(t, (_, response) =>
      response.writeHead(status, { 'content-range': 'bytes 0-3/9' }).end('part'),
    );
    await assert.rejects(reader(url).read('file', { maxBytes: 100 }), { code: 'repository-corrupt' });
  }
});

test('garbage instead of HTTP, and a connection that is closed at once', async (t) => {
  for (const greet of [
    (socket: Socket) => socket.end('\0\xff garbage\r\n\r\n'),
    (socket: Socket) => socket.destroy(),
  ]) {
    const server = createRawServer((socket) => {
      socket.on('error', () => {});
      greet(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await assert.rejects(reader(url).read('file', { maxBytes: 100 }), { code: 'repository-unreachable' });
  }
});

test('the limit of bandwidth is kept over time', async (t) => {
  const clock = new ManualClock({ skipPauses: true });
  const { url } = await serving(t, honest);
  const perSecond = 10_000;
  const began = clock.now();
  await ranges(openHttpReader(url, { clock, bandwidth: limitBandwidth(perSecond, clock) }), [
    { offset: 0, length: CONTENT.length },
  ]);
  const seconds = (clock.now() - began) / 1000;
  // One second's worth is there at the beginning.
  assert.ok(Math.abs(seconds - (CONTENT.length / perSecond - 1)) < 0.01, `${seconds} s`);
});
