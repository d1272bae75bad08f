import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { blockmapPath, manifestPath } from '../../model/repository.ts';
import { openDirectoryWriter } from '../../store/transport/directory/directory-writer.ts';
import { scratchDirectory, writeFiles } from '../../store/transport/scratch.fixture.ts';
import { refreshTrust } from '../../trust/client/refresh-trust.ts';
import { memoryTrustStore } from '../../trust/client/trust-store.ts';
import { type CollectGarbageOptions, collectGarbage } from './collect-garbage.ts';
import { addFilesOf } from './needed-files.ts';
import { promoteRelease } from './promote-release.ts';
import { publishReleases, withTrust } from './publish-releases.ts';
import { NOW, startSampleRepository, writeSampleRelease } from './sample-release.fixture.ts';

const GRACE_HOURS = 24;
const LONG_AGO = new Date(NOW.getTime() - 100 * 60 * 60 * 1000);
const YOUNG = new Date(NOW.getTime() - 60 * 60 * 1000);

/** A repository with the releases 1.0.0, 1.1.0 and 2.0.0 in `candidate`, everything old. */
async function scene(t: TestContext) {
  const scratch = scratchDirectory(t);
  const place = join(scratch, 'repository');
  const publisher = await startSampleRepository(place);
  const blocks = Array.from({ length: 40 }, (_, index) => `block ${index}`);
  const releases = new Map(
    ['1.0.0', '1.1.0', '2.0.0'].map((version) => [
      version,
      writeSampleRelease(join(scratch, 'out'), version, [...blocks, `only ${version}`]),
    ]),
  );
  for (const { directory } of releases.values()) {
    await publishReleases({
      ...publisher,
      channel: 'candidate',
      releases: [{ directory, preflight: { kind: 'none' } }],
    });
  }
  const age = (when: Date): void => {
    for (const path of filesOf(place)) utimesSync(join(place, path), when, when);
  };
  const look = async (channel: string) =>
    (
      await refreshTrust({
        store: memoryTrustStore(),
        source: publisher.repository,
        builtInRoot: publisher.root,
        channel,
        now: NOW,
      })
    ).releases;
  const manifests = new Map((await look('candidate')).map((release) => [release.version, release.manifest]));
  age(LONG_AGO);
  return {
    place,
    publisher,
    manifests,
    age,
    look,
    rootOf: (version: string) => releases.get(version)!.manifest.root.hash,
    withdraw: (version: string) =>
      withTrust(publisher, 'test', async (trust) => {
        trust.removeRelease('candidate', 'web', version);
        await trust.commit();
      }),
    collect: (options: Partial<CollectGarbageOptions> = {}) =>
      collectGarbage({ ...publisher, graceHours: GRACE_HOURS, apply: true, ...options }),
    /** That all files of all releases of a channel are there. */
    async assertWhole(channel: string) {
      const files = new Set<string>();
      for (const { name, version, manifest, custom } of await look(channel)) {
        const release = { name, version, manifest, attestation: custom.attestation, by: 'test' };
        assert.equal(await addFilesOf(publisher.repository, release, files), undefined);
      }
      // The root image itself is no object.
      const missing = [...files].filter((path) => !filesOf(place).includes(path));
      assert.equal(missing.length, (await look(channel)).length, missing.join());
    },
  };
}

/** What is served: leases are not. */
function filesOf(place: string): string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name).slice(place.length + 1))
    .sort();
}

test('what channels name stays', async (t) => {
  const { collect, place, assertWhole } = await scene(t);
  const before = filesOf(place).filter((path) => !path.startsWith('metadata/'));
  const { garbage, needed } = await collect();
  assert.deepEqual(
    garbage.filter(({ path }) => !path.startsWith('metadata/')),
    [],
  );
  assert.deepEqual(
    needed.map(({ version, by }) => [version, by]),
    [
      ['1.0.0', ['channel candidate']],
      ['1.1.0', ['channel candidate']],
      ['2.0.0', ['channel candidate']],
    ],
  );
  assert.deepEqual(
    filesOf(place).filter((path) => !path.startsWith('metadata/')),
    before,
  );
  await assertWhole('candidate');
});

test('a withdrawn release goes, with the blocks that only it had, and superseded metadata', async (t) => {
  const { collect, withdraw, age, place, manifests, rootOf, assertWhole } = await scene(t);
  await withdraw('1.1.0');
  age(LONG_AGO);
  const told = await collect({ apply: false });
  const before = filesOf(place);
  assert.ok(told.garbage.some(({ path }) => path === blockmapPath(rootOf('1.1.0'))));
  assert.equal(told.garbage.filter(({ path }) => path.startsWith('packs/')).length, 1);
  assert.deepEqual(filesOf(place), before, 'telling removes nothing');
  const { garbage } = await collect();
  assert.deepEqual(garbage, told.garbage);
  assert.deepEqual(
    filesOf(place),
    before.filter((path) => !garbage.some((each) => each.path === path)),
  );
  assert.ok(!filesOf(place).includes(manifestPath('web', '1.1.0', manifests.get('1.1.0')!.sha256)));
  assert.deepEqual(filesOf(place).filter((path) => path.endsWith('.candidate.json')).length, 1);
  await assertWhole('candidate');
  assert.deepEqual((await collect()).garbage, [], 'nothing is left to do');
});

test('what was withdrawn a moment ago is still being installed', async (t) => {
  const { collect, withdraw, rootOf, place } = await scene(t);
  await withdraw('1.1.0');
  // Only the metadata of the withdrawal is young.
  for (const path of filesOf(place)) {
    const isNew = /^metadata\/(5\.candidate|5\.snapshot)\.json$|timestamp/.test(path);
    utimesSync(join(place, path), isNew ? YOUNG : LONG_AGO, isNew ? YOUNG : LONG_AGO);
  }
  const { garbage } = await collect();
  assert.ok(!garbage.some(({ path }) => path === blockmapPath(rootOf('1.1.0'))));
  assert.ok(garbage.every(({ path }) => path.startsWith('metadata/')));
});

test('a channel that was removed keeps what it had for as long as somebody may follow it', async (t) => {
  const { collect, age, publisher, place, rootOf, look } = await scene(t);
  await withTrust(publisher, 'test', async (trust) => {
    trust.removeChannel('candidate');
    await trust.commit();
  });
  const removal = /^metadata\/(2\.targets|5\.snapshot)\.json$|timestamp/;
  for (const path of filesOf(place).filter((each) => removal.test(each))) utimesSync(join(place, path), YOUNG, YOUNG);
  const { needed } = await collect();
  assert.deepEqual(
    needed.map(({ version, by }) => [version, by]),
    ['1.0.0', '1.1.0', '2.0.0'].map((version) => [version, ['channel candidate']]),
  );
  age(LONG_AGO);
  assert.deepEqual((await collect()).needed, []);
  assert.ok(!filesOf(place).includes(blockmapPath(rootOf('2.0.0'))));
  // Snapshots name its last file, so that nobody takes its going for an attack.
  assert.deepEqual(
    filesOf(place).filter((path) => path.endsWith('.candidate.json')),
    ['metadata/4.candidate.json'],
  );
  assert.deepEqual(await look('stable'), []);
});

test('files of a publish that is under way stay until they are old', async (t) => {
  const { collect, place } = await scene(t);
  const stray = `objects/ab/ab${'0'.repeat(62)}`;
  writeFiles(place, { [stray]: 'sent, and not yet named' });
  utimesSync(join(place, stray), YOUNG, YOUNG);
  assert.ok(!(await collect()).garbage.some(({ path }) => path === stray));
  utimesSync(join(place, stray), LONG_AGO, LONG_AGO);
  assert.ok((await collect()).garbage.some(({ path }) => path === stray));
});

test('floors, devices and other channels keep what they need', async (t) => {
  const { collect, withdraw, age, publisher, manifests, rootOf, place } = await scene(t);
  await promoteRelease({ ...publisher, name: 'web', version: '2.0.0', from: 'candidate', to: 'stable' });
  await withTrust(publisher, 'test', async (trust) => {
    trust.setFloor('web', '1.0.0');
    await trust.commit();
  });
  const record = {
    format: 'ashlar-device/1',
    name: 'web',
    releases: [{ version: '1.1.0', manifest: manifests.get('1.1.0')!.sha256 }],
  };
  writeFiles(place, { 'devices/kiosk-7.json': JSON.stringify(record) });
  for (const version of manifests.keys()) await withdraw(version);
  age(LONG_AGO);
  const { needed } = await collect();
  assert.deepEqual(needed.map(({ version, by }) => [version, by]).sort(), [
    ['1.0.0', ['floor']],
    ['1.1.0', ['device kiosk-7']],
    ['2.0.0', ['channel stable']],
  ]);
  for (const version of manifests.keys()) assert.ok(filesOf(place).includes(blockmapPath(rootOf(version))));
  rmSync(join(place, 'devices'), { recursive: true });
  await collect();
  assert.ok(!filesOf(place).includes(blockmapPath(rootOf('1.1.0'))));
});

test('where it cannot be known what is needed, nothing is removed', async (t) => {
  const { collect, withdraw, age, place, rootOf } = await scene(t);
  await withdraw('1.1.0');
  age(LONG_AGO);
  mkdirSync(join(place, 'devices'));
  writeFileSync(join(place, 'devices/kiosk.json'), '{');
  const before = filesOf(place);
  await assert.rejects(collect(), { code: 'repository-corrupt' });
  rmSync(join(place, 'devices'), { recursive: true });
  rmSync(join(place, blockmapPath(rootOf('2.0.0'))));
  await assert.rejects(collect(), { code: 'repository-incomplete', message: /web 2\.0\.0 \(channel candidate\)/ });
  assert.equal(filesOf(place).length, before.length - 2);
});

test('while somebody publishes, nothing is collected', async (t) => {
  const { collect, place } = await scene(t);
  const lease = await openDirectoryWriter(place).lock('ashlar publish');
  await assert.rejects(collect(), { code: 'repository-locked' });
  await lease.release();
});
