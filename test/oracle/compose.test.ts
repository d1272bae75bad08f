import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { type Composed, composeKey, composeTree } from '../../src/build/compose/compose-tree.ts';
import { lookUp } from '../../src/build/compose/look-up.ts';
import { indexTree } from '../../src/build/compose/tree-index.ts';
import { fetchPackages } from '../../src/build/fetch/fetch-packages.ts';
import type { LockedPart } from '../../src/build/resolve/base-packages.ts';
import { resolveLock } from '../../src/build/resolve/resolve-lock.ts';
import { type Sha256, sha256 } from '../../src/model/digest.ts';
import { type Lock, lockEpoch, lockText } from '../../src/model/lock.ts';
import { SILENT } from '../../src/model/progress.ts';
import type { DirectoryNode, FileContent, TreeNode } from '../../src/model/tree.ts';
import { readContent } from '../../src/store/read-content.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { giveToStranger, runElsewhere } from './elsewhere.ts';

const SOURCES = join(import.meta.dirname, '../../src/');
const DEFINITION: LockedPart = {
  architecture: 'amd64',
  base: { distribution: 'debian', suite: 'trixie', security: true, suites: [], components: ['main'] },
  kernel: 'cloud',
  // Brings a user of its own, a service, and a key that postinst makes.
  packages: ['openssh-server'],
  exclude: [],
  console: { serial: 'ttyS0', login: 'prompt' },
};

let lock: Lock;
let store: Store;
let composed: Composed;
let record: string;

before(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ashlar-compose-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  // Others must be able to come by.
  chmodSync(directory, 0o755);
  store = openStore(join(directory, 'store'));
  lock = await resolveLock(DEFINITION, { progress: SILENT });
  await fetchPackages(lock, store, { progress: SILENT });
  // A store with the packages and nothing else, for the tests to copy.
  cpSync(store.directory, join(directory, 'fetched'), { recursive: true });
  composed = await composeTree(lock, store, { progress: SILENT });
  record = recordOf(store);
});

const recordOf = (from: Store): string => from.recall('tree', composeKey(lock))?.toString() ?? 'none';

/** Equal records, or the first paths that differ: the records themselves have megabytes. */
function assertSameRecord(from: Store): void {
  const other = recordOf(from);
  if (other === record) return;
  const lines = (json: string): Map<string, string> => {
    const rows = (JSON.parse(json) as { tree: [number, string, ...unknown[]][] }).tree;
    const paths: string[] = [];
    for (const [parent, name] of rows) paths.push(parent < 0 ? '' : `${paths[parent]}/${name}`);
    return new Map(rows.map((row, index) => [paths[index] ?? '', JSON.stringify(row.slice(2))]));
  };
  const [expected, actual] = [lines(record), lines(other)];
  const differing = [...new Set([...expected.keys(), ...actual.keys()])].filter(
    (path) => actual.get(path) !== expected.get(path),
  );
  assert.fail(
    differing
      .slice(0, 20)
      .map((path) => `${path}: ${actual.get(path)} and not ${expected.get(path)}`)
      .join('\n') || 'the packages',
  );
}

/** A copy of the store as it was before anything was composed. */
function fetchedStore(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'ashlar-compose-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'a store');
  cpSync(join(store.directory, '../fetched'), path, { recursive: true });
  writeFileSync(join(path, 'ashlar.lock'), lockText(lock));
  return path;
}

/** A program that composes with the store $1; prints a line when dpkg has begun, then the code of the error or `done`. */
const COMPOSER = `
  import { readFileSync } from 'node:fs';
  const [, directory] = process.argv;
  const from = (name) => import(${JSON.stringify(SOURCES)} + name);
  const { composeTree } = await from('build/compose/compose-tree.ts');
  const { parseLock } = await from('model/lock.ts');
  const { openStore } = await from('store/store.ts');
  const path = directory + '/ashlar.lock';
  const stop = new AbortController();
  process.on('SIGINT', () => stop.abort({ code: 'interrupted' }));
  const status = (name) => { if (name === 'base-files') console.log('begun'); };
  const progress = { begin: () => ({ advance() {}, status, end() {} }), note() {} };
  await composeTree(parseLock(readFileSync(path), path), openStore(directory), { progress, signal: stop.signal })
    .then(() => console.log('done'), (error) => console.log(error.code ?? error));`;

const composer = (path: string): string[] => [process.execPath, '--input-type=module', '-e', COMPOSER, path];

test('the tree has what was locked, configured, and nothing of this machine', () => {
  const { tree, packages, ids } = composed;
  assert.equal(packages.length, lock.packages.length);
  const ssh = packages.find(({ name }) => name === 'openssh-server');
  assert.equal(ssh?.source.name, 'openssh');
  assert.ok(ssh.licences.includes('BSD-2-clause') || ssh.licences.length > 3, ssh.licences.join());
  assert.ok(ssh.files.includes('/usr/sbin/sshd'));
  const stub = packages.find(({ name }) => name === 'systemd-boot-efi');
  assert.deepEqual([stub?.group, stub?.files], ['boot', []]);
  assert.ok((stub?.licences.length ?? 0) > 0);

  assert.ok(lookUp(tree, 'usr/sbin/sshd')?.type === 'file');
  assert.ok(lookUp(tree, 'etc/systemd/system/sshd.service'), 'the service was enabled by its postinst');
  assert.ok('sshd' in ids.users && 'systemd-journal' in ids.groups);
  assert.ok(!('users' in ids.groups), 'group 100 is the distribution’s own');
  for (const path of [
    'etc/hostname',
    'etc/resolv.conf',
    'etc/apt/sources.list',
    'etc/shadow-',
    'usr/sbin/update-initramfs',
  ]) {
    assert.equal(lookUp(tree, path), undefined, path);
  }
  for (const path of ['etc/ssh', 'usr']) {
    const names = [...directoryAt(tree, path).children.keys()];
    assert.deepEqual(
      names.filter((name) => name.startsWith('ssh_host_')),
      [],
    );
  }
  assert.equal(directoryAt(tree, 'dev').children.size, 0);
  const status = lookUp(tree, 'var/lib/dpkg/status');
  assert.ok(status?.type === 'file' && status.content.kind !== 'sparse');
  assert.ok(!readContent(status.content, store).includes('ashlar'));
});

test('no file is younger than the index, none belongs to a user that passwd does not know', () => {
  const epoch = lockEpoch(lock);
  const known = new Set([...textOf('etc/passwd').matchAll(/^[^:]*:[^:]*:(\d+):/gm)].map(([, id]) => Number(id)));
  for (const [path, node] of walk(composed.tree)) {
    assert.ok(node.mtime.seconds <= epoch, path);
    assert.ok(known.has(node.uid), `${path} belongs to ${node.uid}`);
  }
});

test('kernel modules are plain, and indexed by their plain names', () => {
  const modules = [...walk(composed.tree)].filter(([path]) => /^\/usr\/lib\/modules\/.*\.ko(\.|$)/.test(path));
  assert.ok(modules.length > 100);
  assert.deepEqual(modules.filter(([path]) => !path.endsWith('.ko')).slice(0, 3), []);
  const [kernel] = directoryAt(composed.tree, 'usr/lib/modules').children.keys();
  assert.match(textOf(`usr/lib/modules/${kernel}/modules.dep`), /^kernel\/.*\.ko:/m);
  assert.doesNotMatch(textOf(`usr/lib/modules/${kernel}/modules.dep`), /\.ko\.xz/);
});

test('composing again takes nothing but the store, and gives the same', async () => {
  const again = await composeTree(lock, store, { progress: SILENT });
  assert.deepEqual([again.key, again.ids, again.packages], [composed.key, composed.ids, composed.packages]);
  const paths = (tree: DirectoryNode): string => JSON.stringify(indexTree(tree, contentOf));
  assert.equal(sha256(paths(again.tree)), sha256(paths(composed.tree)));
});

test('pinned ids are taken over everywhere, and a later lock keeps them', async () => {
  const { ids } = composed;
  const moved = { ...ids, users: { ...ids.users, sshd: 333 }, groups: { ...ids.groups, 'systemd-journal': 444 } };
  const pinned = await composeTree({ ...lock, ids: moved }, store, { progress: SILENT });
  assert.deepEqual(pinned.ids, moved);
  assert.notEqual(pinned.key, composed.key);
  const passwd = lookUp(pinned.tree, 'etc/passwd');
  assert.ok(passwd?.type === 'file' && passwd.content.kind !== 'sparse');
  assert.match(readContent(passwd.content, store).toString(), /^sshd:x:333:/m);
  assert.equal(lookUp(pinned.tree, 'var/log/journal')?.gid, 444);
});

test('another user, path, TMPDIR, umask, locale, time zone and one core, without a network: the same bytes', async (t) => {
  const path = fetchedStore(t);
  chmodSync(join(path, '..'), 0o755);
  giveToStranger(path);
  const { stdout, stderr } = runElsewhere(composer(path), path);
  assert.match(stdout, /done/, stderr);
  assertSameRecord(openStore(path));
});

/** Starts composing in `path` and waits until dpkg is at work. */
async function begun(path: string): Promise<{ child: ChildProcess; outcome: Promise<string> }> {
  const [program = '', ...args] = composer(path);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  const beginning = Promise.withResolvers<void>();
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.includes('begun')) beginning.resolve();
  });
  const outcome = once(child, 'close').then(() => said.trim().split('\n').at(-1) ?? '');
  await Promise.race([beginning.promise, outcome]);
  assert.match(said, /begun/);
  return { child, outcome };
}

/** Processes whose command line names `path`, other than this one. */
function processesAt(path: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        pid !== String(process.pid) &&
        readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(path)
      );
    } catch {
      return false;
    }
  });
}

test('an interruption leaves nothing behind, and the store as it was', async (t) => {
  const path = fetchedStore(t);
  const { child, outcome } = await begun(path);
  child.kill('SIGINT');
  assert.equal(await outcome, 'interrupted');
  assert.deepEqual(readdirSync(join(path, 'tmp')), []);
  assert.deepEqual(processesAt(path), []);
  assert.ok(!readFileSync('/proc/self/mounts', 'utf8').includes(path.replaceAll(' ', '\\040')));
});

test('kill -9 takes everything that was started with it; the next run sweeps and goes on', async (t) => {
  const path = fetchedStore(t);
  const { child, outcome } = await begun(path);
  child.kill('SIGKILL');
  await outcome;
  const deadline = Date.now() + 20_000;
  while (processesAt(path).length > 0) {
    assert.ok(Date.now() < deadline, `still running: ${processesAt(path).join()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const reopened = openStore(path);
  assert.deepEqual(readdirSync(join(path, 'tmp')), []);
  await composeTree(lock, reopened, { progress: SILENT });
  assertSameRecord(reopened);
});

test('a disk that is full in the middle is told so, and the packages stay', async (t) => {
  const path = fetchedStore(t);
  const packages = lock.packages.reduce((sum, { size }) => sum + size, 0);
  // The packages, and some of the tree.
  const script =
    'mkdir "$1.full" && mount -t tmpfs -o "size=$2" tmpfs "$1.full" && cp -a "$1/." "$1.full" && shift 2 && exec "$@"';
  const { stdout, stderr } = spawnSync(
    'unshare',
    ['--mount', 'sh', '-c', script, 'sh', path, String(packages + 60_000_000), ...composer(`${path}.full`)],
    { encoding: 'utf8' },
  );
  assert.match(stdout, /disk-full\n$/, stderr);
});

function contentOf(content: FileContent): { size: number; digest: Sha256 } {
  assert.ok(content.kind === 'stored');
  return content;
}

function directoryAt(tree: DirectoryNode, path: string): DirectoryNode {
  const node = lookUp(tree, path);
  assert.ok(node?.type === 'directory', path);
  return node;
}

function textOf(path: string): string {
  const node = lookUp(composed.tree, path);
  assert.ok(node?.type === 'file' && node.content.kind !== 'sparse', path);
  return readContent(node.content, store).toString('utf8');
}

function* walk(node: TreeNode, path = ''): Generator<[string, TreeNode]> {
  yield [path, node];
  if (node.type !== 'directory') return;
  for (const [name, child] of node.children) yield* walk(child, `${path}/${name}`);
}
