import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { defaultStoreDirectory } from '../../src/store/store.ts';
import { randomFrom } from '../fuzz/random.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const MAIN = join(REPOSITORY, 'src/cli/main.ts');
const random = randomFrom(20_261_123);
/** How long a moment of a build may let itself be waited for. */
const DEADLINE_MS = 120_000;
const LOOK_EVERY_MS = 2;

let directory: string;
let definition: string;
/** Has the packages and the composed tree of whoever runs the tests, as links; what is encoded is added here alone. */
let store: string;
let out: string;
let edition = 0;

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'ashlar-interrupted-'));
  definition = join(directory, 'definition');
  out = join(directory, 'out');
  mkdirSync(definition);
  const lock = join(REPOSITORY, 'examples/minimal/ashlar.lock');
  if (existsSync(lock)) copyFileSync(lock, join(definition, 'ashlar.lock'));
  define();
  const warm = defaultStoreDirectory();
  assert.equal(ashlar(warm, 'build', definition, '--out', out).status, 0);
  // Beside the store that it links to: links do not reach another file system.
  mkdirSync(join(warm, 'test'), { recursive: true });
  store = mkdtempSync(join(warm, 'test/interrupted-'));
  process.on('exit', () => {
    for (const path of [directory, store]) rmSync(path, { recursive: true, force: true });
  });
  const copied = spawnSync('cp', ['-al', join(warm, 'objects'), join(warm, 'records'), store], { encoding: 'utf8' });
  assert.equal(copied.status, 0, copied.stderr);
  // All files are encoded anew, so that a build can be interrupted at that.
  forgetEncoded();
});

/** Writes the definition with a file that no build has seen: the next release differs from the last. */
function define(more: Readonly<Record<string, unknown>> = {}): void {
  edition += 1;
  const text = {
    name: 'minimal',
    version: '1.0.0',
    base: { suite: 'trixie' },
    kernel: 'cloud',
    console: { serial: true, login: 'root-autologin' },
    files: { '/usr/share/edition': { content: `${edition}\n` } },
    ...more,
  };
  writeFileSync(join(definition, 'os.json'), JSON.stringify(text));
}

function ashlar(at: string, ...argv: string[]) {
  return spawnSync(process.execPath, [MAIN, ...argv], { encoding: 'utf8', env: { ...process.env, ASHLAR_STORE: at } });
}

function forgetEncoded(): void {
  rmSync(join(store, 'records/encoded'), { recursive: true, force: true });
}

const manifest = (): string => readFileSync(join(out, 'minimal/1.0.0/manifest.json'), 'utf8');
const besides = (): string[] => readdirSync(join(out, 'minimal')).filter((name) => name !== '1.0.0');

function assertVerified(): void {
  const { status, stdout, stderr } = ashlar(store, 'verify', join(out, 'minimal/1.0.0'));
  assert.equal(status, 0, stdout + stderr);
}

function assertBuilds(): void {
  const { status, stderr } = ashlar(store, 'build', definition, '--out', out);
  assert.equal(status, 0, stderr);
  assertVerified();
  assert.deepEqual(besides(), []);
  assert.deepEqual(readdirSync(join(store, 'tmp')), []);
}

/** The size of a file of the release that is being written; undefined when it is not there. */
function drafted(name: string): number | undefined {
  const draft = besides().find((each) => each.includes('.draft.'));
  return draft === undefined ? undefined : statSync(join(out, 'minimal', draft, name), { throwIfNoEntry: false })?.size;
}

/** Moments of a build after the packages are installed, and whether they have come. */
const MOMENTS: readonly { readonly name: string; readonly encodes?: boolean; readonly come: () => boolean }[] = [
  { name: 'many files are encoded', encodes: true, come: atLeast(() => encoded(), 200, 1500) },
  { name: 'the image is partly written', come: atLeast(() => drafted('root.erofs') ?? 0, 2 ** 20, 50 * 2 ** 20) },
  { name: 'the hash tree is there', come: () => drafted('root.verity') !== undefined },
  { name: 'the boot image is there', come: () => drafted('minimal_1.0.0.efi') !== undefined },
  { name: 'the documents are being written', come: () => drafted('sbom.spdx.json') !== undefined },
];

function encoded(): number {
  const folder = join(store, 'records/encoded');
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

/** When `value` reaches a seeded number from `least` to `most`. */
function atLeast(value: () => number, least: number, most: number): () => boolean {
  const wanted = least + random.below(most - least);
  return () => value() >= wanted;
}

/** Builds, sends `signal` at the moment, and returns how the build ended. */
async function interruptAt(come: () => boolean, signal: NodeJS.Signals) {
  const child = spawn(process.execPath, [MAIN, 'build', definition, '--out', out, '--json'], {
    env: { ...process.env, ASHLAR_STORE: store },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const deadline = Date.now() + DEADLINE_MS;
  while (!come()) {
    assert.ok(Date.now() < deadline && child.exitCode === null, `the moment did not come: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  child.kill(signal);
  const [code, by] = await closed;
  return { code, by, said };
}

for (const { name, encodes, come } of MOMENTS) {
  test(`Ctrl-C when ${name}: the earlier release stays, nothing is left, the next build goes on`, async () => {
    define();
    if (encodes) forgetEncoded();
    const earlier = manifest();
    const { code, said } = await interruptAt(come, 'SIGINT');
    assert.equal(code, 1, said);
    assert.match(said, /"code":"interrupted"/);
    assert.equal(manifest(), earlier);
    assert.deepEqual(besides(), []);
    assert.deepEqual(readdirSync(join(store, 'tmp')), []);
    assertVerified();
    assertBuilds();
    assert.notEqual(manifest(), earlier);
  });

  test(`kill -9 when ${name}: the earlier release stays, the next build sweeps and goes on`, async () => {
    define();
    if (encodes) forgetEncoded();
    const earlier = manifest();
    const { by } = await interruptAt(come, 'SIGKILL');
    assert.equal(by, 'SIGKILL');
    assert.equal(manifest(), earlier);
    assertVerified();
    assertBuilds();
    assert.notEqual(manifest(), earlier);
  });
}

test('two builds of one definition at once both end well', async () => {
  define();
  const earlier = manifest();
  const builds = [1, 2].map(() =>
    spawn(process.execPath, [MAIN, 'build', definition, '--out', out], {
      env: { ...process.env, ASHLAR_STORE: store },
      stdio: 'inherit',
    }),
  );
  const codes = await Promise.all(builds.map(async (child) => (await once(child, 'close'))[0] as number | null));
  assert.deepEqual(codes, [0, 0]);
  assert.notEqual(manifest(), earlier);
  assert.deepEqual(besides(), []);
  assertVerified();
});

test('an image that is larger than its slot is refused with the numbers, and the earlier release stays', () => {
  define({ disk: { slotSize: '64M' }, image: { compression: 'none' } });
  const earlier = manifest();
  const { status, stdout } = ashlar(store, 'build', definition, '--out', out, '--json');
  assert.equal(status, 1);
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
  assert.equal(error.code, 'image-larger-than-slot');
  assert.match(error.message, /67108864/);
  assert.equal(manifest(), earlier);
  assert.deepEqual(besides(), []);
  define();
  assertBuilds();
});

const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

test('a disk that is full while the release is written is told so, and the earlier release stays', {
  skip: !mayMount,
}, () => {
  define();
  // The earlier release, and a part of the next one.
  const script = `
    mount -t tmpfs -o size="$1" tmpfs "$2.full" && cp -a "$2/minimal" "$2.full" && out=$2.full && shift 2 || exit 99
    "$@" build "$definition" --out "$out" --json; echo "status $?"
    ls -A "$out/minimal"
    "$@" verify "$out/minimal/1.0.0" >/dev/null && echo verified`;
  mkdirSync(`${out}.full`);
  const bytes = readdirSync(join(out, 'minimal/1.0.0')).reduce(
    (sum, name) => sum + statSync(join(out, 'minimal/1.0.0', name)).size,
    0,
  );
  const room = String(bytes + 8 * 2 ** 20 + random.below(40 * 2 ** 20));
  const { stdout, stderr } = spawnSync(
    'unshare',
    ['--mount', 'sh', '-c', script, 'sh', room, out, process.execPath, MAIN],
    { encoding: 'utf8', env: { ...process.env, ASHLAR_STORE: store, definition } },
  );
  const [report = '', ...after] = stdout.trim().split('\n');
  assert.match(report, /"code":"disk-full"/, stderr);
  assert.deepEqual(after, ['status 1', '1.0.0', 'verified'], stderr);
});
