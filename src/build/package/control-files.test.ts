import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sha256 } from '../../model/digest.ts';
import type { LockedPackage } from '../../model/lock.ts';
import { openStore, type Store } from '../../store/store.ts';
import { readControlFiles } from './control-files.ts';

function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'ashlar-control-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Builds a package by dpkg-deb and puts it into the store. */
function build(directory: string, store: Store, compression: string): LockedPackage {
  const source = join(directory, compression);
  mkdirSync(join(source, 'DEBIAN'), { recursive: true });
  chmodSync(join(source, 'DEBIAN'), 0o755);
  const name = `in-${compression}`;
  writeFileSync(
    join(source, 'DEBIAN/control'),
    `Package: ${name}\nVersion: 1:2\nArchitecture: all\nMaintainer: M <m@ashlar.test>\nDescription: d\n long\n`,
  );
  const path = join(directory, `${compression}.deb`);
  const { status, stderr } = spawnSync('dpkg-deb', [
    '--uniform-compression',
    `-Z${compression}`,
    '--build',
    source,
    path,
  ]);
  assert.equal(status, 0, stderr.toString());
  const bytes = readFileSync(path);
  store.put(bytes);
  return {
    name,
    version: '1:2',
    architecture: 'all',
    group: 'root',
    archive: 'main',
    path: `pool/${name}.deb`,
    size: bytes.length,
    sha256: sha256(bytes),
  };
}

test('control files are read whatever their compression', async (t) => {
  const directory = scratch(t);
  const store = openStore(join(directory, 'store'));
  const packages = ['none', 'gzip', 'xz', 'zstd'].map((compression) => build(directory, store, compression));
  const controls = await readControlFiles(packages, store);
  for (const { name, sha256: digest } of packages) {
    assert.equal(controls.get(digest)?.stanza.get('package'), name);
    assert.match(controls.get(digest)?.text ?? '', /^Description: d\n long$/m);
  }
  assert.deepEqual(readdirSync(join(store.directory, 'tmp')), []);
});

test('a package that is another than the lock says is refused', async (t) => {
  const directory = scratch(t);
  const store = openStore(join(directory, 'store'));
  const built = build(directory, store, 'none');
  await assert.rejects(readControlFiles([{ ...built, version: '3' }], store), { code: 'lock-invalid' });
  await assert.rejects(readControlFiles([{ ...built, sha256: sha256('') }], store), { code: 'store-incomplete' });
});

for (const [what, bytes] of [
  ['nothing', ''],
  ['no ar archive', 'x'.repeat(100)],
  ['an archive without members', '!<arch>\n'],
  ['a member of a size that is none', `!<arch>\n${'control.tar'.padEnd(48)}${'-5'.padEnd(10)}\`\n`],
  ['a control archive beyond reason', `!<arch>\n${'control.tar'.padEnd(48)}${'9999999999'}\`\n`],
] as const) {
  test(`${what} is refused`, async (t) => {
    const store = openStore(scratch(t));
    const digest = store.put(Buffer.from(bytes));
    const locked = { ...FIELDS, size: bytes.length, sha256: digest };
    await assert.rejects(readControlFiles([locked], store), { code: 'deb-unreadable' });
  });
}

const FIELDS: Omit<LockedPackage, 'size' | 'sha256'> = {
  name: 'x',
  version: '1',
  architecture: 'all',
  group: 'root',
  archive: 'main',
  path: 'pool/x.deb',
};
