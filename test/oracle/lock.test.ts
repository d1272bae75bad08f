import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { fetchPackages, missingPackages } from '../../src/build/fetch/fetch-packages.ts';
import {
  BASE_PACKAGES,
  type BasePackage,
  BOOT_PACKAGES,
  type LockedPart,
} from '../../src/build/resolve/base-packages.ts';
import { lockChanges } from '../../src/build/resolve/lock-changes.ts';
import { assertLockFits } from '../../src/build/resolve/lock-fits.ts';
import { type ResolveOptions, resolveLock } from '../../src/build/resolve/resolve-lock.ts';
import { type Lock, lockText, parseLock } from '../../src/model/lock.ts';
import { SILENT } from '../../src/model/progress.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { AptRepository, type TestPackage } from './apt-repository.ts';

/** A port that nothing listens on: binding it takes root, and no one serves it (RFC 863, discard). */
const NOWHERE = 'http://127.0.0.1:9/debian';
const DAY_MS = 86_400_000;

const BASE: readonly TestPackage[] = [
  { name: 'essence', fields: ['Essential: yes'] },
  { name: 'linux-image-cloud-amd64', fields: ['Depends: linux-image-1'] },
  { name: 'linux-image-1', fields: ['Depends: initramfs-tools | linux-initramfs-tool'] },
  { name: 'initramfs-tools' },
  ...[...BASE_PACKAGES, ...BOOT_PACKAGES].map(({ name }) => ({ name })),
];
const WEB: readonly TestPackage[] = [
  { name: 'web', fields: ['Depends: libweb', 'Recommends: web-doc'] },
  { name: 'libweb' },
  { name: 'web-doc' },
];

let repository: AptRepository;
before(() => {
  repository = new AptRepository();
  repository.publish({ packages: [...BASE, ...WEB] });
});
after(() => repository.remove());

function definition(packages: string[] = ['web'], exclude: string[] = []): LockedPart {
  return {
    architecture: 'amd64',
    base: { distribution: 'debian', suite: 'trixie', security: false, suites: [], components: ['main'] },
    kernel: 'cloud',
    packages,
    exclude,
    console: { serial: undefined, login: 'none' },
  };
}

function options(more: Partial<ResolveOptions> = {}): ResolveOptions {
  const mirrors = { archive: repository.uri, security: repository.uri };
  return { mirrors, keyring: repository.keyring, settings: [], progress: SILENT, ...more };
}

function scratchStore(t: TestContext): Store {
  const directory = mkdtempSync(join(tmpdir(), 'ashlar-store-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return openStore(directory);
}

const names = (lock: Lock): string[] => lock.packages.map(({ name }) => name).sort();

/** Publishes something else for one test, and the usual after it. */
function republish(t: TestContext, ...args: Parameters<AptRepository['publish']>): void {
  repository.publish(...args);
  t.after(() => repository.publish({ packages: [...BASE, ...WEB] }));
}

test('a definition resolves to exact packages: essential ones, dependencies, no recommendations, no generator of an initramfs', async () => {
  const lock = await resolveLock(definition(), options());
  const asked = ({ when }: BasePackage): boolean => when === undefined || when(definition());
  const boot = BOOT_PACKAGES.filter(asked).map(({ name }) => name);
  const expected = BASE_PACKAGES.filter(asked)
    .map(({ name }) => name)
    .concat(boot)
    .concat('essence', 'linux-image-cloud-amd64', 'linux-image-1', 'web', 'libweb');
  assert.deepEqual(names(lock), expected.sort());
  const web = lock.packages.find(({ name }) => name === 'web');
  const bytes = readFileSync(repository.pathOf({ name: 'web' }));
  assert.deepEqual([web?.version, web?.group, web?.size], ['1.0', 'root', bytes.length]);
  assert.equal(web?.path, 'pool/main/web/web_1.0_all.deb');
  assert.deepEqual(
    new Set(lock.packages.filter(({ group }) => group === 'boot').map(({ name }) => name)),
    new Set(boot),
  );
  assert.ok(!lockText(lock).includes(repository.directory));
  assert.deepEqual(parseLock(Buffer.from(lockText(lock)), 'ashlar.lock').request, lock.request);
});

test('an unknown package is named, with the one that was probably meant', async () => {
  await assert.rejects(resolveLock(definition(['wbe', 'nonsense']), options()), {
    code: 'package-unknown',
    message: /nonsense, wbe are not in trixie/,
    hint: 'Did you mean web instead of wbe?',
  });
});

test('an unmet dependency is told as apt sees it', async (t) => {
  republish(t, { packages: [...BASE, { name: 'web', fields: ['Depends: libweb (>= 2)'] }, { name: 'libweb' }] });
  await assert.rejects(resolveLock(definition(), options()), {
    code: 'unmet-dependency',
    message: /web needs libweb \(>= 2\)/,
  });
});

test('a dependency that the definition excludes is told so', async () => {
  await assert.rejects(resolveLock(definition(['web'], ['libweb']), options()), {
    code: 'unmet-dependency',
    hint: /excludes libweb/,
  });
});

test('an index without a signature, or with that of another key, is refused', async (t) => {
  const other = new AptRepository();
  t.after(() => other.remove());
  await assert.rejects(resolveLock(definition(), options({ keyring: other.keyring })), { code: 'index-unsigned' });
  republish(t, { packages: [...BASE, ...WEB], unsigned: true });
  await assert.rejects(resolveLock(definition(), options()), { code: 'index-unsigned' });
});

test('an index past its Valid-Until is refused', async (t) => {
  const [date, validUntil] = [new Date(Date.now() - 9 * DAY_MS), new Date(Date.now() - 2 * DAY_MS)];
  republish(t, { packages: [...BASE, ...WEB], date, validUntil });
  await assert.rejects(resolveLock(definition(), options()), { code: 'index-expired' });
  const notes: string[] = [];
  const progress = { ...SILENT, note: (text: string) => notes.push(text) };
  await resolveLock(definition(), options({ settings: ['Acquire::Check-Valid-Until "false";'], progress }));
  assert.match(notes.join(), /trixie has expired/);
});

test('a mirror that cannot be reached is told so', async () => {
  await assert.rejects(resolveLock(definition(), options({ mirrors: { archive: NOWHERE, security: NOWHERE } })), {
    code: 'mirror-unreachable',
  });
});

test('a suite that the mirror does not have is told so', async () => {
  const wrong = { ...definition(), base: { ...definition().base, suite: 'trixy' } };
  await assert.rejects(resolveLock(wrong, options()), { code: /^(resolve-failed|index-unsigned)$/, message: /trixy/ });
});

test('nothing new leaves the lock as it is; something new can be taken alone', async (t) => {
  const store = scratchStore(t);
  const first = await resolveLock(definition(), options());
  await fetchPackages(first, store, options());
  assert.equal(await resolveLock(definition(), options({ previous: first })), first);

  const newer = [...BASE.filter(({ name }) => name !== 'udev'), { name: 'udev', version: '2.0' }, ...WEB.slice(1)];
  const web = { name: 'web', version: '2.0', fields: ['Depends: libweb, libnew'] };
  republish(t, { packages: [...newer, web, { name: 'libnew' }, { name: 'extra' }] });
  const previous = { ...first, ids: { users: { sshd: 100 }, groups: {} } };
  const brief = (lock: Lock): string[] => {
    const { added, removed, upgraded } = lockChanges(first, lock);
    return [
      ...added.map(({ name }) => `+${name}`),
      ...removed.map(({ name }) => `-${name}`),
      ...upgraded.map(({ name }) => `~${name}`),
    ];
  };
  const all = await resolveLock(definition(), options({ previous }));
  assert.deepEqual(brief(all), ['+libnew', '~udev', '~web']);
  assert.deepEqual(all.ids, previous.ids);
  const one = await resolveLock(definition(), options({ previous, update: { only: ['web'], store } }));
  assert.deepEqual(brief(one), ['+libnew', '~web']);
  const more = await resolveLock(definition(['web', 'extra']), options({ previous, update: { only: [], store } }));
  assert.deepEqual(brief(more), ['+extra']);
  const less = await resolveLock(definition([]), options({ previous, update: { only: [], store } }));
  assert.deepEqual(brief(less), ['-libweb', '-web']);
});

test('a definition that asks for something else no longer fits its lock', async () => {
  const lock = await resolveLock(definition(), options());
  assertLockFits(definition(), lock);
  assert.throws(() => assertLockFits(definition(['web', 'extra'], ['web-doc']), lock), {
    code: 'lock-outdated',
    message: /extra is not locked; web-doc is newly excluded/,
  });
});

test('with everything in the store, fetching touches no mirror', async (t) => {
  const store = scratchStore(t);
  const lock = await resolveLock(definition(), options());
  await fetchPackages(lock, store, options());
  assert.deepEqual(missingPackages(lock, store), []);
  await fetchPackages(lock, store, { ...options(), mirrors: { archive: NOWHERE, security: NOWHERE } });
});

test('a package that is not what the lock says is refused, the others are kept', async (t) => {
  const store = scratchStore(t);
  const lock = await resolveLock(definition(), options());
  const path = repository.pathOf({ name: 'web' });
  const honest = readFileSync(path);
  t.after(() => writeFileSync(path, honest));
  const forged = Buffer.from(honest);
  forged.writeUInt8(forged.readUInt8(forged.length - 1) ^ 1, forged.length - 1);
  writeFileSync(path, forged);
  await assert.rejects(fetchPackages(lock, store, options()), {
    code: 'download-corrupt',
    message: /web 1\.0 .*SHA-256/,
  });
  assert.deepEqual(
    missingPackages(lock, store).map(({ name }) => name),
    ['web'],
  );
  writeFileSync(path, honest);
  await fetchPackages(lock, store, options());
  assert.deepEqual(missingPackages(lock, store), []);
});

test('a package that the mirror no longer has is told so', async (t) => {
  const store = scratchStore(t);
  const lock = await resolveLock(definition(), options());
  const path = repository.pathOf({ name: 'libweb' });
  const bytes = readFileSync(path);
  rmSync(path);
  t.after(() => writeFileSync(path, bytes));
  await assert.rejects(fetchPackages(lock, store, options()), { code: 'package-gone', hint: /--update/ });
});

/** Serves the repository over HTTP, and never ends its answer for the package `stuck`: the download hangs there. */
async function serve(t: TestContext, stuck?: string): Promise<{ uri: string; hanging: Promise<void> }> {
  const reached = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const path = join(repository.directory, 'archive', decodeURIComponent(request.url ?? ''));
    try {
      const bytes = readFileSync(path);
      response.writeHead(200, { 'content-length': bytes.length });
      if (stuck !== undefined && path.endsWith(`/${stuck}_1.0_all.deb`)) {
        response.write(bytes.subarray(0, 10));
        reached.resolve();
      } else {
        response.end(bytes);
      }
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close().closeAllConnections());
  return { uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hanging: reached.promise };
}

test('an interrupted download keeps what arrived and goes on from there', async (t) => {
  const store = scratchStore(t);
  const lock = await resolveLock(definition(), options());
  const last = lock.packages.at(-1)?.name ?? '';
  const { uri, hanging } = await serve(t, last);
  const stop = new AbortController();
  const reason = new Error('stopped');
  const fetching = fetchPackages(lock, store, {
    ...options(),
    mirrors: { archive: uri, security: uri },
    signal: stop.signal,
  });
  await hanging;
  stop.abort(reason);
  await assert.rejects(fetching, reason);
  assert.deepEqual(
    missingPackages(lock, store).map(({ name }) => name),
    [last],
  );
  assert.deepEqual(readdirSync(join(store.directory, 'tmp')), []);
  await fetchPackages(lock, store, options());
});

/** A program that fetches the lock in $2 from the mirror $3 into the store $1 and prints the code of its error. */
const FETCHER = `
  import { readFileSync } from 'node:fs';
  const [, directory, path, mirror] = process.argv;
  const from = (name) => import(${JSON.stringify(join(import.meta.dirname, '../../src/'))} + name);
  const { fetchPackages } = await from('build/fetch/fetch-packages.ts');
  const { parseLock } = await from('model/lock.ts');
  const { openStore } = await from('store/store.ts');
  const { SILENT } = await from('model/progress.ts');
  const lock = parseLock(readFileSync(path), path);
  await fetchPackages(lock, openStore(directory), { mirrors: { archive: mirror, security: mirror }, progress: SILENT })
    .then(() => console.log('done'), (error) => console.log(error.code));`;

test('a killed download leaves a store that the next one goes on with', async (t) => {
  const store = scratchStore(t);
  const lock = await resolveLock(definition(), options());
  const path = join(store.directory, 'ashlar.lock');
  writeFileSync(path, lockText(lock));
  const { uri, hanging } = await serve(t, lock.packages.at(-1)?.name);
  const child = spawn(process.execPath, ['--input-type=module', '-e', FETCHER, store.directory, path, uri]);
  await hanging;
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(readdirSync(join(store.directory, 'tmp')).length, 1);
  const reopened = openStore(store.directory);
  assert.deepEqual(readdirSync(join(store.directory, 'tmp')), []);
  await fetchPackages(lock, reopened, options());
  assert.deepEqual(missingPackages(lock, reopened), []);
});

test('a full disk is told so, and what fitted is kept', async (t) => {
  const store = scratchStore(t);
  const lock = await resolveLock(definition(), options());
  const scratch = mkdtempSync(join(tmpdir(), 'ashlar-full-'));
  t.after(() => rmSync(scratch, { recursive: true, force: true }));
  const path = join(scratch, 'ashlar.lock');
  writeFileSync(path, lockText(lock));
  // Room for the store's folders and a few of the packages, which have some 2 kB each.
  const script = 'mount -t tmpfs -o size=40k tmpfs "$1" && exec "$2" --input-type=module -e "$3" "$1" "$4" "$5"';
  const argv = ['--mount', 'sh', '-c', script, 'sh', store.directory, process.execPath, FETCHER, path, repository.uri];
  const { stdout, stderr } = spawnSync('unshare', argv, { encoding: 'utf8' });
  assert.equal(stdout.trim(), 'disk-full', stderr);
});
