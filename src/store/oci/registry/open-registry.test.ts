import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test } from 'node:test';
import { parseAuthFile } from '../../../formats/oci/auth-file.ts';
import { parseImageReference } from '../../../formats/oci/image-reference.ts';
import { sha256 } from '../../../model/digest.ts';
import { AshlarError } from '../../../model/error.ts';
import type { ErrorCode } from '../../../model/error-codes.ts';
import { ManualClock } from '../../transport/manual-clock.fixture.ts';
import { joined } from '../checked-content.ts';
import { makeImage } from '../image.fixture.ts';
import type { ImageSource } from '../image-source.ts';
import { openRegistry, type RegistryOptions } from './open-registry.ts';
import { type Interception, servingImage } from './registry.fixture.ts';

const IMAGE = makeImage({ bytes: 300_000, compressions: ['none'] });
const [LAYER, CONTENT] = [...IMAGE.blobs].find(([, bytes]) => bytes.length > 300_000)!;
const BLOB = { digest: LAYER, size: CONTENT.length };
const SECRET = 'wonderland';

function open(registry: string, options: RegistryOptions = {}): ImageSource {
  const clock = new ManualClock({ skipPauses: true });
  return openRegistry({ registry, repository: 'team/app' }, { clock, ...options });
}

function logins(registry: string) {
  const auth = Buffer.from(`alice:${SECRET}`).toString('base64');
  return parseAuthFile(Buffer.from(JSON.stringify({ auths: { [registry]: { auth } } })), 'auth.json');
}

async function rejects(code: ErrorCode, why: RegExp, doing: Promise<unknown>): Promise<void> {
  await assert.rejects(doing, (error) => {
    assert.ok(error instanceof AshlarError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, why);
    assert.doesNotMatch(`${error.message}${error.hint}${String(error.cause)}`, new RegExp(SECRET));
    return true;
  });
}

const referenceTo = (registry: string, rest: string) => parseImageReference(`${registry}/team/app${rest}`);

test('a tag and a digest are resolved, and what they lead to is asked for once', async (t) => {
  const { registry, requests } = await servingImage(t, IMAGE);
  const source = open(registry);
  assert.equal(await source.resolve(referenceTo(registry, ':1')), IMAGE.index);
  assert.equal(await source.resolve(referenceTo(registry, `:gone@sha256:${IMAGE.index}`)), IMAGE.index);
  assert.deepEqual(await source.manifest(IMAGE.index), IMAGE.manifests.get(IMAGE.index)!.bytes);
  assert.equal(requests.length, 1);
  assert.match(
    requests[0]!.headers.accept!,
    /image\.index\.v1\+json.*manifest\.list\.v2.*image\.manifest\.v1.*manifest\.v2/,
  );
  assert.deepEqual(await joined(source.blob(BLOB)), CONTENT);
});

test('what is not there is gone', async (t) => {
  const { registry } = await servingImage(t, IMAGE);
  const other = sha256('other');
  await rejects('container-gone', /team\/app:2/, open(registry).resolve(referenceTo(registry, ':2')));
  await rejects('container-gone', new RegExp(other), open(registry).resolve(referenceTo(registry, `@sha256:${other}`)));
  await rejects('container-gone', new RegExp(other), joined(open(registry).blob({ digest: other, size: 3 })));
});

/** Answers every request by `answer`. */
function always(answer: (response: ServerResponse, request: IncomingMessage) => unknown): Interception {
  return (request, response) => {
    answer(response, request);
    return true;
  };
}

/** Sends the first `bytes` of an answer that announces all, and breaks the connection. */
function broken(response: ServerResponse, content: Buffer, bytes: number, status = 200, headers = {}): void {
  response.writeHead(status, { 'content-length': content.length, ...headers });
  response.write(content.subarray(0, bytes), () => response.destroy());
}

test('a broken download goes on where it stopped', async (t) => {
  let broke = 0;
  const { registry, requests } = await servingImage(t, IMAGE, (_, response) => {
    if (broke++ > 0) return false;
    broken(response, CONTENT, 100_000);
    return true;
  });
  assert.deepEqual(await joined(open(registry).blob(BLOB)), CONTENT);
  assert.deepEqual(
    requests.map(({ headers }) => headers.range),
    [undefined, `bytes=100000-${CONTENT.length - 1}`],
  );
});

test('a registry without ranges is read again, and what is there already is passed over', async (t) => {
  let broke = 0;
  const { registry } = await servingImage(t, IMAGE, (request, response) => {
    delete request.headers.range;
    if (broke++ > 0) return false;
    broken(response, CONTENT, 100_000);
    return true;
  });
  assert.deepEqual(await joined(open(registry).blob(BLOB)), CONTENT);
});

/** Bad answers to the request for a blob. */
const BAD: Readonly<Record<string, { intercept: Interception; code: ErrorCode; why: RegExp }>> = {
  'other bytes': {
    intercept: always((response) => response.end(Buffer.alloc(CONTENT.length))),
    code: 'container-corrupt',
    why: /SHA-256/,
  },
  'too few': {
    intercept: always((response) => response.end(CONTENT.subarray(1))),
    code: 'container-corrupt',
    why: /not 30/,
  },
  'too many, unannounced': {
    intercept: (_, response) => {
      response.write(CONTENT);
      response.end('more');
      return true;
    },
    code: 'container-corrupt',
    why: /longer/,
  },
  'too few, unannounced': {
    intercept: (_, response) => {
      response.write(CONTENT.subarray(0, 5));
      response.end();
      return true;
    },
    code: 'container-corrupt',
    why: /ends after 5/,
  },
  'a part that nobody asked for': {
    intercept: always((response) => response.writeHead(206, { 'content-range': 'bytes 0-4/5' }).end('12345')),
    code: 'container-corrupt',
    why: /another part/,
  },
  'errors without end': {
    intercept: always((response) => response.writeHead(503).end()),
    code: 'registry-unreachable',
    why: /503/,
  },
  'a wish to be left alone for an hour': {
    intercept: always((response) => response.writeHead(429, { 'retry-after': '3600' }).end()),
    code: 'registry-unreachable',
    why: /429/,
  },
  'a prohibition': {
    intercept: always((response) => response.writeHead(403).end()),
    code: 'registry-access-denied',
    why: /forbids/,
  },
  'an encoding': {
    intercept: always((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end()),
    code: 'registry-unreachable',
    why: /encodes/,
  },
  'a connection that always breaks': {
    intercept: always((response) => broken(response, CONTENT, 10)),
    code: 'registry-unreachable',
    why: /./,
  },
  'redirections in a circle': {
    intercept: always((response, request) => response.writeHead(307, { location: request.url }).end()),
    code: 'registry-unreachable',
    why: /redirects/,
  },
  'a challenge of an unknown kind': {
    intercept: always((response) => response.writeHead(401, { 'www-authenticate': 'Negotiate' }).end()),
    code: 'registry-access-denied',
    why: /not supported/,
  },
  'a realm that is no URL': {
    intercept: always((response) => response.writeHead(401, { 'www-authenticate': 'Bearer realm="file:///x"' }).end()),
    code: 'registry-access-denied',
    why: /HTTPS/,
  },
};

for (const [name, { intercept, code, why }] of Object.entries(BAD)) {
  test(`a registry that answers with ${name}`, async (t) => {
    const { registry } = await servingImage(t, IMAGE, intercept);
    await rejects(code, why, joined(open(registry).blob(BLOB)));
  });
}

test('a manifest that is too long, or of another digest, is refused', async (t) => {
  const long = Buffer.alloc(5 << 20, ' ');
  for (const announced of [{}, { 'content-length': long.length }]) {
    const { registry } = await servingImage(
      t,
      IMAGE,
      always((response) => response.writeHead(200, announced).end(long)),
    );
    await rejects('registry-unreachable', /4194304/, open(registry).manifest(IMAGE.index));
  }
  const other = await servingImage(
    t,
    IMAGE,
    always((response) => response.end('{}')),
  );
  await rejects('container-corrupt', /SHA-256/, open(other.registry).manifest(IMAGE.index));
});

test('nobody there is told as such', async (t) => {
  const { registry } = await servingImage(
    t,
    IMAGE,
    always((response) => response.destroy()),
  );
  await rejects('registry-unreachable', /hang up|ECONN/, open(registry).resolve(referenceTo(registry, ':1')));
});

test('Basic is met with the login, which is sent only when it is asked for', async (t) => {
  const expected = `Basic ${Buffer.from(`alice:${SECRET}`).toString('base64')}`;
  const { registry, requests } = await servingImage(t, IMAGE, ({ headers }, response) => {
    if (headers.authorization === expected) return false;
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    return true;
  });
  await rejects('registry-access-denied', /wants a login/, open(registry).resolve(referenceTo(registry, ':1')));
  const source = open(registry, { logins: logins(registry) });
  assert.equal(await source.resolve(referenceTo(registry, ':1')), IMAGE.index);
  await joined(source.blob(BLOB));
  assert.deepEqual(
    requests.slice(1).map(({ headers }) => headers.authorization),
    [undefined, expected, expected],
  );
});

test('a login that is refused is said so', async (t) => {
  const { registry } = await servingImage(t, IMAGE, (_, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    return true;
  });
  const source = open(registry, { logins: logins(registry) });
  await rejects('registry-access-denied', /refuses the login/, source.resolve(referenceTo(registry, ':1')));
});

test('a token is had for pulling this repository alone, and again when it has expired', async (t) => {
  let tokens = 0;
  const { registry, requests } = await servingImage(t, IMAGE, (request, response) => {
    if (request.url?.startsWith('/token') === true) {
      response.end(JSON.stringify({ access_token: `t${++tokens}`, expires_in: 60 }));
      return true;
    }
    const isBlob = request.url?.includes('/blobs/') === true;
    if (request.headers.authorization === (isBlob ? 'Bearer t2' : 'Bearer t1')) return false;
    const realm = `Bearer realm="http://${request.headers.host}/token",service="s",scope="repository:other:push"`;
    response.writeHead(401, { 'www-authenticate': realm }).end();
    return true;
  });
  const source = open(registry, { logins: logins(registry) });
  assert.equal(await source.resolve(referenceTo(registry, ':1')), IMAGE.index);
  assert.deepEqual(await joined(source.blob(BLOB)), CONTENT);
  const asked = requests.filter(({ url }) => url?.startsWith('/token'));
  assert.deepEqual(
    asked.map(({ url }) => url),
    Array(2).fill('/token?service=s&scope=repository%3Ateam%2Fapp%3Apull'),
  );
  assert.match(asked[0]!.headers.authorization!, /^Basic /);
});

test('what is no token, or refused, is told without its text', async (t) => {
  for (const body of ['', '{}', `{"token":"${SECRET}\\r\\nx: y"}`, `"${SECRET}"`]) {
    const { registry } = await servingImage(t, IMAGE, (request, response) => {
      if (request.url === '/t?scope=repository%3Ateam%2Fapp%3Apull') response.end(body);
      else response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/t"` }).end();
      return true;
    });
    await rejects('registry-access-denied', /no token/, open(registry).resolve(referenceTo(registry, ':1')));
  }
});

test('a redirection to another host carries no login along, and may ask for none', async (t) => {
  const elsewhere = await servingImage(t, IMAGE);
  const greedy = await servingImage(t, IMAGE, ({ headers }, response) => {
    response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${headers.host}/token"` }).end();
    return true;
  });
  let target = elsewhere.registry;
  const { registry, requests } = await servingImage(t, IMAGE, (request, response) => {
    if (request.headers.authorization === undefined) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    } else response.writeHead(307, { location: `http://${target}${request.url}` }).end();
    return true;
  });
  assert.deepEqual(await joined(open(registry, { logins: logins(registry) }).blob(BLOB)), CONTENT);
  assert.deepEqual(
    elsewhere.requests.map(({ headers }) => headers.authorization),
    [undefined],
  );
  target = greedy.registry;
  const source = open(registry, { logins: logins(registry) });
  await rejects('registry-access-denied', /redirects/, joined(source.blob(BLOB)));
  assert.ok(greedy.requests.every(({ headers, url }) => headers.authorization === undefined && url !== '/token'));
  assert.ok(requests.length > 0);
});

test('whoever aborts is told the own reason', async (t) => {
  const ended = new AbortController();
  const { registry } = await servingImage(t, IMAGE, () => {
    ended.abort(new Error('stopped'));
    return true;
  });
  await assert.rejects(open(registry).manifest(IMAGE.index, ended.signal), /stopped/);
});
