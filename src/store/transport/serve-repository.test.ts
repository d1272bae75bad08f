import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { scratchDirectory, writeFiles } from './scratch.fixture.ts';
import { type Served, serveRepository } from './serve-repository.ts';

async function serving(t: TestContext, onServed: (served: Served) => void = () => {}): Promise<{ url: string }> {
  const directory = scratchDirectory(t);
  writeFiles(directory, {
    'objects/file': '0123456789',
    'metadata/timestamp.json': '{}',
    empty: '',
    '.lease': 'secret',
  });
  const server = await serveRepository({ directory, onServed });
  t.after(() => server.close());
  return server;
}

/** What is asked for, and the status, body and `Content-Range` of the answer (RFC 9110, 14). */
const RANGES: readonly (readonly [string, number, string, string | null])[] = [
  ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
  ['bytes=7-', 206, '789', 'bytes 7-9/10'],
  ['bytes=7-99', 206, '789', 'bytes 7-9/10'],
  ['bytes=-3', 206, '789', 'bytes 7-9/10'],
  ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
  ['bytes=9-9', 206, '9', 'bytes 9-9/10'],
  ['bytes=10-', 416, '', 'bytes */10'],
  ['bytes=-0', 416, '', 'bytes */10'],
  ['bytes=3-1', 200, '0123456789', null],
  ['bytes=-', 200, '0123456789', null],
  ['bytes=0-1,4-5', 200, '0123456789', null],
  ['lines=0-1', 200, '0123456789', null],
];

for (const [range, status, body, contentRange] of RANGES) {
  test(`Range: ${range}`, async (t) => {
    const { url } = await serving(t);
    const response = await fetch(`${url}objects/file`, { headers: { range } });
    assert.deepEqual([response.status, await response.text()], [status, body]);
    assert.equal(response.headers.get('content-range'), contentRange);
  });
}

test('a file that is replaced while it is sent is sent as it was', async (t) => {
  const directory = scratchDirectory(t);
  const long = '0123456789'.repeat(1 << 20);
  writeFiles(directory, { 'metadata/timestamp.json': long });
  const server = await serveRepository({ directory });
  t.after(() => server.close());
  const response = await fetch(`${server.url}metadata/timestamp.json`);
  // The head is here, most of the body is not: no buffer on the way holds ten megabytes.
  writeFiles(directory, { aside: 'short' });
  renameSync(join(directory, 'aside'), join(directory, 'metadata/timestamp.json'));
  assert.equal(await response.text(), long);
});

test('what is asked for again is not sent again', async (t) => {
  const { url } = await serving(t);
  const first = await fetch(`${url}objects/file`);
  const tag = first.headers.get('etag') ?? '';
  assert.match(first.headers.get('cache-control') ?? '', /immutable/);
  await first.text();
  const again = await fetch(`${url}objects/file`, { headers: { 'if-none-match': tag } });
  assert.equal(again.status, 304);
  const part = await fetch(`${url}objects/file`, { headers: { range: 'bytes=0-1', 'if-range': '"another"' } });
  assert.deepEqual([part.status, await part.text()], [200, '0123456789']);
  const timestamp = await fetch(`${url}metadata/timestamp.json`);
  assert.equal(timestamp.headers.get('cache-control'), 'no-cache');
  await timestamp.text();
});

test('HEAD, empty files and other methods', async (t) => {
  const { url } = await serving(t);
  const head = await fetch(`${url}objects/file`, { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, '10', '']);
  const empty = await fetch(`${url}empty`);
  assert.deepEqual([empty.status, await empty.text()], [200, '']);
  const post = await fetch(`${url}objects/file`, { method: 'POST', body: 'x' });
  assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD']);
});

test('nothing but files of the repository', async (t) => {
  const { url } = await serving(t);
  for (const path of [
    '.lease',
    'objects',
    '',
    '%2e%2e/etc/passwd',
    '..%2f..%2fetc%2fpasswd',
    'objects/%00',
    '%',
    'other',
  ]) {
    const response = await fetch(url + path);
    assert.equal(response.status, 404, path);
    await response.text();
  }
});

test('what is served is told', async (t) => {
  const served: Served[] = [];
  const all = Promise.withResolvers<void>();
  const { url } = await serving(t, (each) => {
    if (served.push(each) === 2) all.resolve();
  });
  await (await fetch(`${url}objects/file`, { headers: { range: 'bytes=2-4' } })).text();
  await (await fetch(`${url}none`)).text();
  await all.promise;
  assert.deepEqual(served, [
    { method: 'GET', path: 'objects/file', status: 206, bytes: 3 },
    { method: 'GET', path: 'none', status: 404, bytes: 0 },
  ]);
});

test('an address that is taken', async (t) => {
  const first = await serveRepository({ directory: scratchDirectory(t) });
  t.after(() => first.close());
  await assert.rejects(serveRepository({ directory: '/', port: first.port }), { code: 'path-unusable' });
});
