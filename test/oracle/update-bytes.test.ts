import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, cpSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, type TestContext, test } from 'node:test';
import type { LocalImage } from '../../src/agent/blocks/local-image.ts';
import { newImageOf } from '../../src/agent/blocks/new-image.ts';
import { planBlocks } from '../../src/agent/blocks/plan-blocks.ts';
import { buildRelease } from '../../src/build/build-release.ts';
import { publishReleases } from '../../src/build/publish/publish-releases.ts';
import { startSampleRepository } from '../../src/build/publish/sample-release.fixture.ts';
import type { ReadAt } from '../../src/formats/read-at.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { SILENT } from '../../src/model/progress.ts';
import { openStore } from '../../src/store/store.ts';
import { openHttpReader } from '../../src/store/transport/http/http-reader.ts';
import { serveRepository } from '../../src/store/transport/serve-repository.ts';
import { trixieCommand, trixieObstacle } from './trixie.ts';

const skip = trixieObstacle() ?? false;
const EXAMPLE = join(import.meta.dirname, '../../examples/minimal');
/** Of an image of 60 MB, for one small file: some blocks, the tree above them, entries of the map. */
const MAX_SMALL_CHANGE_BYTES = 250_000;
/** Hash tree and map of a whole image. */
const MAX_OVERHEAD = 1.02;

interface Built {
  readonly directory: string;
  readonly manifest: Manifest;
}

let scratch: string;
let repository: string;
let first: Built;
let second: Built;

/** Two releases of the smallest example, the second with another file, published. */
before(async () => {
  if (skip !== false) return;
  scratch = mkdtempSync(join(tmpdir(), 'ashlar-update-bytes-'));
  repository = join(scratch, 'repository');
  const options = { out: join(scratch, 'out'), store: openStore(), frozen: false, progress: SILENT };
  first = await buildRelease(EXAMPLE, options);
  const changed = join(scratch, 'changed');
  cpSync(EXAMPLE, changed, { recursive: true });
  const definition = readFileSync(join(changed, 'os.ts'), 'utf8');
  const next = definition
    .replace("version: '1.0.0'", "version: '1.0.1'")
    .replace('defineSystem({', "defineSystem({\n  files: { '/etc/motd': { content: 'The next release.\\n' } },");
  writeFileSync(join(changed, 'os.ts'), next);
  second = await buildRelease(changed, { ...options, previous: first.directory });
  const publisher = await startSampleRepository(repository);
  const releases = [first, second].map(({ directory }) => ({ directory, preflight: { kind: 'none' } as const }));
  await publishReleases({ ...publisher, releases, channel: 'candidate' });
});

after(() => {
  if (skip === false) rmSync(scratch, { recursive: true, force: true });
});

function readAtOfFile(t: TestContext, path: string): ReadAt {
  const file = openSync(path, 'r');
  t.after(() => closeSync(file));
  return (offset, length) => {
    const bytes = Buffer.alloc(length);
    assert.equal(readSync(file, bytes, 0, length, offset), length);
    return bytes;
  };
}

function slotOf(t: TestContext, { directory, manifest: { root } }: Built): LocalImage {
  return {
    name: 'slot',
    data: readAtOfFile(t, join(directory, root.image.name)),
    dataBytes: root.image.size,
    tree: readAtOfFile(t, join(directory, root.tree.name)),
    treeBytes: root.tree.size,
  };
}

/** Obtains the root image of a release as a device does, and checks that it is the one that was built. */
async function obtain(url: string, { manifest }: Built, locals: readonly LocalImage[]): Promise<void> {
  const tree = Buffer.alloc(manifest.root.tree.size);
  const plan = await planBlocks({
    reader: openHttpReader(url),
    image: newImageOf(manifest),
    locals,
    tree: {
      read: (offset, length) => Buffer.from(tree.subarray(offset, offset + length)),
      write: (offset, bytes) => void tree.set(bytes, offset),
    },
  });
  const digest = createHash('sha256');
  for await (const bytes of plan.stream()) digest.update(bytes);
  assert.equal(digest.digest('hex'), manifest.root.image.sha256);
}

test('an update costs what changed, and an installation the image', { skip }, async (t) => {
  let sent = 0;
  const server = await serveRepository({ directory: repository, onServed: ({ bytes }) => (sent += bytes) });
  t.after(() => server.close());
  const sentFor = async (work: Promise<void>): Promise<number> => {
    const before = sent;
    await work;
    return sent - before;
  };
  const whole = await sentFor(obtain(server.url, first, []));
  const update = await sentFor(obtain(server.url, second, [slotOf(t, first)]));
  const back = await sentFor(obtain(server.url, first, [slotOf(t, second)]));
  t.diagnostic(
    `image ${first.manifest.root.image.size}, installed with ${whole}, updated with ${update}, back ${back}`,
  );
  assert.ok(whole <= first.manifest.root.image.size * MAX_OVERHEAD);
  assert.ok(update <= MAX_SMALL_CHANGE_BYTES);
  assert.ok(back <= MAX_SMALL_CHANGE_BYTES);
});

test('a web server that knows no ranges will do: Python’s', { skip }, async (t) => {
  const argv = ['python3', '-u', '-m', 'http.server', '--bind', '127.0.0.1', '--directory', repository, '0'];
  const { command, env } = trixieCommand(argv, { binds: [repository] });
  const [program, ...args] = command;
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const { value } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
  const [, port] = /port (\d+)/.exec(String(value)) ?? [];
  await obtain(`http://127.0.0.1:${port}/`, second, [slotOf(t, first)]);
  await obtain(`http://127.0.0.1:${port}/`, second, []);
});
