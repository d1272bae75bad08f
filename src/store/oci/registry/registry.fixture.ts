import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { isSha256 } from '../../../model/digest.ts';
import type { MadeImage } from '../image.fixture.ts';

/** Answers a request, or leaves it to the registry by returning false. */
export type Interception = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A registry on loopback that holds `image` as `team/app:1`; every request is noted, and `intercept` may answer it first. */
export async function servingImage(
  t: TestContext,
  image: MadeImage,
  intercept: Interception = () => false,
): Promise<{ readonly registry: string; readonly requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    if (!intercept(request, response)) answer(image, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { registry: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function answer(image: MadeImage, request: IncomingMessage, response: ServerResponse): void {
  const [, kind, name = ''] = /^\/v2\/team\/app\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? [];
  const digest = name === '1' ? image.index : name.replace(/^sha256:/, '');
  const manifest = kind === 'manifests' && isSha256(digest) ? image.manifests.get(digest) : undefined;
  const content = kind === 'blobs' && isSha256(digest) ? image.blobs.get(digest) : manifest?.bytes;
  if (content === undefined) {
    response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    return;
  }
  const first = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const part = content.subarray(first);
  response.writeHead(request.headers.range === undefined ? 200 : 206, {
    'content-type': manifest?.mediaType ?? 'application/octet-stream',
    'content-length': part.length,
    ...(request.headers.range === undefined
      ? {}
      : { 'content-range': `bytes ${first}-${content.length - 1}/${content.length}` }),
  });
  response.end(part);
}
