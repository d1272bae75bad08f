import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseAuthFile } from '../../src/formats/oci/auth-file.ts';
import { imageDigestText } from '../../src/formats/oci/image-digest.ts';
import { parseImageReference } from '../../src/formats/oci/image-reference.ts';
import { parsePlatform } from '../../src/formats/oci/platform.ts';
import { sha256 } from '../../src/model/digest.ts';
import { AshlarError } from '../../src/model/error.ts';
import type { ErrorCode } from '../../src/model/error-codes.ts';
import { fetchImage, objectsOf } from '../../src/store/oci/fetch-image.ts';
import { layoutFilesOf, makeImage } from '../../src/store/oci/image.fixture.ts';
import { openLayout } from '../../src/store/oci/layout/open-layout.ts';
import { openRegistry, type RegistryOptions } from '../../src/store/oci/registry/open-registry.ts';
import { resolveImage } from '../../src/store/oci/resolve-image.ts';
import { openStore } from '../../src/store/store.ts';
import { writeFiles } from '../../src/store/transport/scratch.fixture.ts';

const missing = ['docker-registry', 'skopeo', 'openssl', 'perl'].find((program) => !isThere(program));
const skip = missing === undefined ? false : `${missing} is not installed`;
const AMD64 = parsePlatform('linux/amd64');
/** Much more than what lies in the buffers of a connection, so that a download can be interrupted. */
const LAYER_BYTES = 24 << 20;
/** skopeo compresses what is not, and so would make another image of one with a plain layer. */
const IMAGE = makeImage({ bytes: LAYER_BYTES, compressions: ['gzip', 'zstd'] });
const START_MILLISECONDS = 30_000;

let scratch = '';
const running = new Set<ChildProcess>();

before(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ashlar-oci-'));
  if (skip !== false) return;
  writeFiles(at('layout'), layoutFilesOf(IMAGE, '1'));
  // Docker's own formats know no zstd.
  writeFiles(at('gzip-layout'), layoutFilesOf(makeImage({ compressions: ['gzip'] }), '1'));
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      at('key.pem'),
      '-out',
      at('certificate.pem'),
      ...subject,
    ],
    { stdio: 'ignore' },
  );
  // The registry takes bcrypt alone, which crypt(3) of any Debian can.
  const crypt = ['-e', 'print crypt($ARGV[0], $ARGV[1])', 'wonderland', '$2b$05$abcdefghijklmnopqrstuu'];
  writeFileSync(at('htpasswd'), `alice:${execFileSync('perl', crypt, { encoding: 'utf8' })}\n`);
});
after(async () => {
  for (const child of running) await stop(child);
  rmSync(scratch, { recursive: true, force: true });
});

function isThere(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function at(name: string): string {
  return join(scratch, name);
}

async function stop(child: ChildProcess): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Starts Debian's registry over what `data` holds; returns once it takes connections. */
async function startRegistry(port: number, guarded: 'open' | 'guarded'): Promise<ChildProcess> {
  const lines = ['version: 0.1', 'log: {level: error}', 'storage:', `  filesystem: {rootdirectory: ${at('data')}}`];
  lines.push('http:', `  addr: 127.0.0.1:${port}`);
  if (guarded === 'guarded') {
    lines.push(`  tls: {certificate: ${at('certificate.pem')}, key: ${at('key.pem')}}`);
    lines.push('auth:', `  htpasswd: {realm: test, path: ${at('htpasswd')}}`);
  }
  const config = at(`${guarded}.yml`);
  writeFileSync(config, `${lines.join('\n')}\n`);
  const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString()).slice(-2000);
  });
  running.add(child);
  const deadline = AbortSignal.timeout(START_MILLISECONDS);
  while (!(await answers(port))) {
    if (deadline.aborted || child.exitCode !== null) throw new Error(`the registry does not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return child;
}

async function answers(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function skopeo(...args: string[]): string {
  return execFileSync('skopeo', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function open(host: string, options: RegistryOptions = {}) {
  return openRegistry({ registry: host, repository: 'team/app' }, options);
}

async function rejects(code: ErrorCode, doing: Promise<unknown>): Promise<void> {
  await assert.rejects(doing, (error) => {
    assert.ok(error instanceof AshlarError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

test('an image that skopeo pushed comes back as it was, also when the registry is killed in the middle', {
  skip,
}, async () => {
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const registry = await startRegistry(port, 'open');
  // skopeo is the judge of the layout that the fixture wrote, and of what our reader finds.
  skopeo('copy', '--all', '--dest-tls-verify=false', `oci:${at('layout')}:1`, `docker://${host}/team/app:1`);
  const reference = parseImageReference(`${host}/team/app:1`);
  const source = open(host);
  const image = await resolveImage({ source, reference, platform: AMD64 });
  const told = JSON.parse(
    skopeo(
      'inspect',
      '--override-arch=amd64',
      '--override-os=linux',
      '--tls-verify=false',
      `docker://${host}/team/app:1`,
    ),
  ) as { Digest: string; Architecture: string; Layers: string[] };
  assert.equal(imageDigestText(image.reference.digest!), told.Digest);
  assert.equal(image.config.architecture, told.Architecture);
  assert.deepEqual(
    image.layers.map(({ digest }) => imageDigestText(digest)),
    told.Layers,
  );
  await rejects('container-gone', source.resolve(parseImageReference(`${host}/team/app:2`)));

  const toDocker = ['copy', '--override-arch=amd64', '--format=v2s2', '--dest-tls-verify=false'];
  skopeo(...toDocker, `oci:${at('gzip-layout')}:1`, `docker://${host}/team/app:docker`);
  const dockers = parseImageReference(`${host}/team/app:docker`);
  const { manifest } = await resolveImage({ source, reference: dockers, platform: AMD64 });
  assert.equal(manifest.mediaType, 'application/vnd.docker.distribution.manifest.v2+json');

  const store = openStore(at('store'));
  let received = 0;
  let again: Promise<ChildProcess> | undefined;
  const fetched = await fetchImage({
    image,
    source,
    store,
    onBytes(bytes) {
      received += bytes;
      if (again !== undefined || received < LAYER_BYTES / 4) return;
      registry.kill('SIGKILL');
      again = once(registry, 'exit').then(() => startRegistry(port, 'open'));
    },
  });
  assert.ok(again !== undefined);
  assert.equal(received, fetched.fetchedBytes);
  const raw = skopeo('inspect', '--raw', '--tls-verify=false', `docker://${host}/team/app:1`);
  assert.equal(store.get(image.index!)?.toString(), raw);
  for (const digest of objectsOf(image)) {
    assert.deepEqual(store.get(digest), IMAGE.blobs.get(digest) ?? IMAGE.manifests.get(digest)?.bytes);
  }

  await stop(await again);
  await rejects('registry-unreachable', open(host, { limits: { attempts: 1 } }).resolve(reference));
});

test('TLS and logins of a registry', { skip }, async () => {
  const port = await freePort();
  const host = `localhost:${port}`;
  const child = await startRegistry(port, 'guarded');
  const auth = (password: string) =>
    JSON.stringify({ auths: { [host]: { auth: Buffer.from(`alice:${password}`).toString('base64') } } });
  writeFileSync(at('auth.json'), auth('wonderland'));
  skopeo(
    'copy',
    '--all',
    '--dest-tls-verify=false',
    `--dest-authfile=${at('auth.json')}`,
    `oci:${at('layout')}:1`,
    `docker://${host}/team/app:1`,
  );
  const reference = parseImageReference(`${host}/team/app:1`);
  const authorities = readFileSync(at('certificate.pem'), 'utf8');
  const logins = parseAuthFile(readFileSync(at('auth.json')), 'auth.json');
  const secure = { protocol: 'https:', authorities } as const;
  const raw = skopeo(
    'inspect',
    '--raw',
    '--tls-verify=false',
    `--authfile=${at('auth.json')}`,
    `docker://${host}/team/app:1`,
  );
  assert.equal(await open(host, { ...secure, logins }).resolve(reference), sha256(raw));
  await rejects('registry-access-denied', open(host, secure).resolve(reference));
  const wrong = parseAuthFile(Buffer.from(auth('alice')), 'auth.json');
  await rejects('registry-access-denied', open(host, { ...secure, logins: wrong }).resolve(reference));
  await rejects('registry-certificate-refused', open(host, { protocol: 'https:', logins }).resolve(reference));
  // The certificate is for localhost, not for its address.
  const elsewhere = parseImageReference(`127.0.0.1:${port}/team/app:1`);
  await rejects('registry-certificate-refused', open(`127.0.0.1:${port}`, { ...secure, logins }).resolve(elsewhere));
  await stop(child);
});

test('archives that skopeo writes', { skip }, async () => {
  const reference = parseImageReference('quay.io/team/app:1');
  skopeo('copy', '--all', `oci:${at('layout')}:1`, `oci-archive:${at('image.tar')}:1`);
  const archive = await openLayout(at('image.tar'));
  const image = await resolveImage({ source: archive, reference, platform: AMD64 });
  assert.equal(image.index, sha256(skopeo('inspect', '--raw', `oci-archive:${at('image.tar')}:1`)));
  assert.ok(IMAGE.manifests.has(image.manifest.digest));
  await fetchImage({ image, source: archive, store: openStore(at('archive-store')) });
  skopeo(
    'copy',
    '--override-arch=amd64',
    `oci:${at('gzip-layout')}:1`,
    `docker-archive:${at('docker.tar')}:team/app:1`,
  );
  await rejects('container-archive-invalid', openLayout(at('docker.tar')));
});
