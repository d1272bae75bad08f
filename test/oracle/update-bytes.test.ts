import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { buildRelease } from '../../src/build/build-release.ts';
import { publishReleases } from '../../src/build/publish/publish-releases.ts';
import { startSampleRepository } from '../../src/build/publish/sample-release.fixture.ts';
import { SILENT } from '../../src/model/progress.ts';
import { openStore } from '../../src/store/store.ts';
import { serveRepository } from '../../src/store/transport/serve-repository.ts';
import { type BuiltRelease, obtainRoot } from './obtain-root.ts';
import { trixieCommand, trixieObstacle } from './trixie.ts';

const skip = trixieObstacle() ?? false;
const EXAMPLE = join(import.meta.dirname, '../../examples/minimal');
/** Of an image of 60 MB, for one small file: some blocks, the tree above them, entries of the map. */
const MAX_SMALL_CHANGE_BYTES = 250_000;
/** Hash tree and map of a whole image. */
const MAX_OVERHEAD = 1.02;

let scratch: string;
let repository: string;
let first: BuiltRelease;
let second: BuiltRelease;

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

test('an update costs what changed, and an installation the image', { skip }, async (t) => {
  let sent = 0;
  const server = await serveRepository({ directory: repository, onServed: ({ bytes }) => (sent += bytes) });
  t.after(() => server.close());
  const sentFor = async (work: Promise<void>): Promise<number> => {
    const before = sent;
    await work;
    return sent - before;
  };
  const whole = await sentFor(obtainRoot(server.url, first, []));
  const update = await sentFor(obtainRoot(server.url, second, [first]));
  const back = await sentFor(obtainRoot(server.url, first, [second]));
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
  await obtainRoot(`http://127.0.0.1:${port}/`, second, [first]);
  await obtainRoot(`http://127.0.0.1:${port}/`, second, []);
});
