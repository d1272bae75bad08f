import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sha256 } from '../model/digest.ts';
import { AshlarError } from '../model/error.ts';
import { readContent } from './read-content.ts';
import { openStore } from './store.ts';
import { pidNamespace } from './temporary-name.ts';

const HELLO = Buffer.from('hello');
const KEY = sha256('key');

function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'ashlar-store-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test('an object is stored once under its SHA-256 and read back', (t) => {
  const store = openStore(scratch(t));
  const digest = store.put(HELLO);
  assert.equal(digest, sha256(HELLO));
  assert.equal(store.put(HELLO), digest);
  assert.deepEqual(store.get(digest), HELLO);
  assert.equal(store.sizeOf(digest), 5);
  assert.equal(store.has(sha256('other')), false);
  assert.deepEqual(readdirSync(join(store.directory, 'tmp')), []);
});

test('a damaged object is dropped when it is read, and can be put again', (t) => {
  const store = openStore(scratch(t));
  const digest = store.put(HELLO);
  chmodSync(store.pathOf(digest), 0o644);
  writeFileSync(store.pathOf(digest), 'hellO');
  assert.equal(store.get(digest), undefined);
  assert.equal(store.has(digest), false);
  store.put(HELLO);
  assert.deepEqual(store.get(digest), HELLO);
});

test('an object that a power cut left empty is written again by put', (t) => {
  const store = openStore(scratch(t));
  const digest = store.put(HELLO);
  chmodSync(store.pathOf(digest), 0o644);
  truncateSync(store.pathOf(digest), 0);
  store.put(HELLO);
  assert.deepEqual(store.get(digest), HELLO);
});

test('content that the store has lost is an error that says what to do', (t) => {
  const store = openStore(scratch(t));
  assert.throws(
    () => readContent({ kind: 'stored', size: 5, digest: sha256(HELLO) }, store),
    (error) => error instanceof AshlarError && error.code === 'store-incomplete' && /again/.test(error.hint),
  );
});

test('records are recalled; a torn one counts as absent', (t) => {
  const store = openStore(scratch(t));
  assert.equal(store.recall('tree', KEY), undefined);
  store.record('tree', KEY, HELLO);
  assert.deepEqual(store.recall('tree', KEY), HELLO);
  assert.equal(store.recall('encoded', KEY), undefined);
  const path = join(store.directory, 'records/tree', KEY);
  chmodSync(path, 0o644);
  truncateSync(path, 34);
  assert.equal(store.recall('tree', KEY), undefined);
  store.record('tree', KEY, HELLO);
  assert.deepEqual(store.recall('tree', KEY), HELLO);
});

test('adopting renames a finished file into its place', (t) => {
  const store = openStore(scratch(t));
  const path = store.temporary('fetch');
  writeFileSync(path, HELLO);
  store.adopt(path, sha256(HELLO));
  assert.equal(existsSync(path), false);
  assert.deepEqual(store.get(sha256(HELLO)), HELLO);
});

test('opening sweeps what killed processes left, and nothing of the living', async (t) => {
  const directory = scratch(t);
  const store = openStore(directory);
  const dead = spawn('true');
  await once(dead, 'exit');
  const namespace = pidNamespace();
  const leftover = join(directory, 'tmp', `compose.${dead.pid}.${namespace}.0123456789ab`);
  const elsewhere = join(directory, 'tmp', `compose.${dead.pid}.1.0123456789ab`);
  const mine = store.temporary('compose');
  for (const path of [leftover, elsewhere, mine]) mkdirSync(join(path, 'deep/er'), { recursive: true });
  openStore(directory);
  assert.deepEqual([leftover, elsewhere, mine].map(existsSync), [false, true, true]);
});

test('two processes filling one store at once leave it whole', async (t) => {
  const directory = scratch(t);
  const program = `
    import { openStore } from ${JSON.stringify(join(import.meta.dirname, 'store.ts'))};
    const store = openStore(${JSON.stringify(directory)});
    for (let i = 0; i < 300; i++) store.put(Buffer.from('object ' + i));`;
  const running = [1, 2].map(() =>
    spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' }),
  );
  const exits = await Promise.all(running.map((child) => once(child, 'exit')));
  assert.deepEqual(
    exits.map(([code]) => code),
    [0, 0],
  );
  const store = openStore(directory);
  for (let i = 0; i < 300; i++) assert.equal(store.get(sha256(`object ${i}`))?.toString(), `object ${i}`);
});

const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

test('a full disk is said so, and what was stored before stays', { skip: !mayMount }, (t) => {
  const directory = scratch(t);
  const program = `
    import { openStore } from ${JSON.stringify(join(import.meta.dirname, 'store.ts'))};
    const store = openStore(${JSON.stringify(directory)});
    const kept = store.put(Buffer.alloc(1000, 1));
    try {
      for (let i = 0; i < 64; i++) store.put(Buffer.alloc(65536, i));
    } catch (error) {
      const { readdirSync } = await import('node:fs');
      console.log(JSON.stringify([error.code, store.get(kept)?.length, readdirSync(${JSON.stringify(directory)} + '/tmp')]));
    }`;
  const script = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" --input-type=module -e "$3"';
  const ran = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', directory, process.execPath, program]);
  assert.deepEqual(JSON.parse(ran.stdout.toString()), ['disk-full', 1000, []], ran.stderr.toString());
});
