import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256 } from '../../model/digest.ts';
import { parseManifest } from '../../model/manifest.ts';
import { blockmapPath, manifestPath, objectPath } from '../../model/repository.ts';
import { openDirectoryWriter } from '../../store/transport/directory/directory-writer.ts';
import { readSecureBootSigner } from '../../trust/secure-boot/read-secure-boot-signer.ts';
import { sampleKeys } from '../../trust/secure-boot/sample-keys.fixture.ts';
import { promoteRelease } from './promote-release.ts';
import { allFilesOf, filesOf, manifestBytes, names, scene, writeReport } from './publish-scene.fixture.ts';
import { writeSampleRelease } from './sample-release.fixture.ts';
import { withdrawRelease } from './withdraw-release.ts';

test('a release is published: its channel names it, and every file lies under its hash', async (t) => {
  const { publish, look, place, releases, repository } = await scene(t);
  const release = writeSampleRelease(releases, '1.0.0', names(300));
  const published = await publish(release);
  assert.equal(published.added, true);
  assert.equal(published.keptBytes, 0);
  assert.equal(published.packBytes, 300 * 4096);
  const { releases: offered } = await look('candidate');
  assert.deepEqual(
    offered.map(({ version }) => version),
    ['1.0.0'],
  );
  const { manifest } = release;
  assert.equal(offered[0]!.manifest.path, manifestPath('web', '1.0.0', offered[0]!.manifest.sha256));
  assert.notEqual(await repository.sizeOf(blockmapPath(manifest.root.hash)), undefined);
  assert.equal(await repository.sizeOf(objectPath(manifest.root.tree.sha256)), manifest.root.tree.size);
  assert.equal(
    await repository.sizeOf(objectPath(manifest.root.image.sha256)),
    undefined,
    'the image travels in packs',
  );
  assert.deepEqual((await look('stable')).releases, []);
  assert.deepEqual(
    allFilesOf(place).filter((path) => path.includes('.new.')),
    [],
  );
});

test('of the next release only what is new is sent; published again, nothing', async (t) => {
  const { publish, releases } = await scene(t);
  await publish(writeSampleRelease(releases, '1.0.0', names(300)));
  const next = writeSampleRelease(releases, '1.1.0', [...names(300), 'new', 0]);
  const dry = await publish(next, { dryRun: true });
  const sent = await publish(next);
  assert.deepEqual(dry, sent, 'what was said beforehand is what was done');
  assert.equal(sent.packBytes, 4096);
  const again = await publish(next);
  assert.deepEqual([again.added, again.sentBytes, again.sentFiles], [false, 0, 0]);
});

test('a dry run writes nothing', async (t) => {
  const { publish, releases, place } = await scene(t);
  const before = filesOf(place);
  await publish(writeSampleRelease(releases, '1.0.0', names(10)), { dryRun: true });
  assert.deepEqual(filesOf(place), before);
});

test('a publish that is cut off goes on where it was', async (t) => {
  const { publish, releases, place } = await scene(t);
  const release = writeSampleRelease(releases, '1.0.0', names(300));
  const whole = await publish(release, { dryRun: true });
  const stop = new AbortController();
  const progress = {
    note: () => {},
    begin: (title: string) => ({
      advance: () => {},
      end: () => {},
      status: (text: string) =>
        title.startsWith('Publishing') && text.startsWith('packs/') && stop.abort(new Error('cut off')),
    }),
  };
  await assert.rejects(publish(release, { signal: stop.signal, progress }), /cut off/);
  const left = filesOf(place);
  assert.ok(left.some((path) => path.startsWith('packs/')));
  const rest = await publish(release);
  assert.ok(rest.keptFiles > 0 && rest.sentBytes < whole.sentBytes / 10);
  assert.equal(rest.sentBytes + rest.keptBytes, whole.sentBytes);
});

test('an image that another release has is not sent again, unless something of it is gone', async (t) => {
  const { publish, releases, place } = await scene(t);
  await publish(writeSampleRelease(releases, '1.0.0', names(50)));
  const same = await publish(writeSampleRelease(releases, '1.0.1', names(50)));
  assert.equal(same.packBytes, 0);
  for (const path of filesOf(place).filter((each) => each.startsWith('packs/'))) rmSync(join(place, path));
  assert.equal((await publish(writeSampleRelease(releases, '1.0.2', names(50)))).packBytes, 50 * 4096);
});

test('a damaged release is not published, and nothing is sent', async (t) => {
  const { publish, releases, place } = await scene(t);
  const release = writeSampleRelease(releases, '1.0.0', names(10));
  const before = filesOf(place);
  writeFileSync(join(release.directory, 'root.erofs'), Buffer.alloc(40_960));
  await assert.rejects(publish(release), { code: 'release-not-verified' });
  assert.deepEqual(filesOf(place), before);
});

test('another release of the same version is refused', async (t) => {
  const { publish, releases, look } = await scene(t);
  await publish(writeSampleRelease(releases, '1.0.0', names(10)));
  await assert.rejects(publish(writeSampleRelease(releases, '1.0.0', ['other'])), { code: 'release-conflict' });
  assert.equal((await look('candidate')).releases.length, 1);
});

test('a channel that there is not', async (t) => {
  const { publish, releases } = await scene(t);
  const publishing = publish(writeSampleRelease(releases, '1.0.0', names(10)), { channel: 'nightly' });
  await assert.rejects(publishing, { code: 'channel-unknown' });
});

test('promoted, a release is in the other channel with the same manifest', async (t) => {
  const all = await scene(t);
  const { publish, releases, look, place } = all;
  await publish(writeSampleRelease(releases, '1.0.0', names(10)), { barrier: true });
  const before = filesOf(place).filter((path) => !path.startsWith('metadata/'));
  const promote = (version: string) =>
    promoteRelease({ ...all, name: 'web', version, from: 'candidate', to: 'stable' });
  const promotion = await promote('1.0.0');
  assert.equal(promotion.added, true);
  assert.deepEqual(
    filesOf(place).filter((path) => !path.startsWith('metadata/')),
    before,
  );
  const [candidate, stable] = [(await look('candidate')).releases[0]!, (await look('stable')).releases[0]!];
  assert.deepEqual(stable.manifest, candidate.manifest);
  assert.deepEqual(stable.custom, { ...candidate.custom, promotedFrom: 'candidate' });
  assert.equal(stable.custom.barrier, true);
  assert.equal((await promote('1.0.0')).added, false);
  await assert.rejects(promote('2.0.0'), { code: 'release-not-found', hint: /1\.0\.0/ });
});

test('withdrawn, a release is in the channel no more; what it was made of stays', async (t) => {
  const all = await scene(t);
  for (const version of ['1.0.0', '1.1.0']) await all.publish(writeSampleRelease(all.releases, version, names(10)));
  const before = filesOf(all.place).filter((path) => !path.startsWith('metadata/'));
  const withdraw = (version: string) => withdrawRelease({ ...all, name: 'web', version, channel: 'candidate' });
  assert.deepEqual((await withdraw('1.1.0')).remaining, ['1.0.0']);
  assert.deepEqual(
    (await all.look('candidate')).releases.map(({ version }) => version),
    ['1.0.0'],
  );
  assert.deepEqual(
    filesOf(all.place).filter((path) => !path.startsWith('metadata/')),
    before,
  );
  await assert.rejects(withdraw('1.1.0'), { code: 'release-not-found' });
  assert.equal((await all.publish(writeSampleRelease(all.releases, '1.1.0', names(10)))).added, true);
});

test('a channel that asks for it takes only what passed preflight', async (t) => {
  const { publish, releases, look, repository } = await scene(t, 'required');
  const release = writeSampleRelease(releases, '1.0.0', names(10));
  await assert.rejects(publish(release, { channel: 'stable' }), {
    code: 'preflight-required',
    message: /no attestation/,
  });
  writeReport(release, 'passed');
  await publish(release, { channel: 'stable' });
  const { custom } = (await look('stable')).releases[0]!;
  assert.equal(await repository.sizeOf(objectPath(custom.attestation!.sha256)), custom.attestation!.size);
  assert.notEqual(await repository.sizeOf(objectPath(sha256('[ 0.0] Linux version'))), undefined, 'the log as well');
});

test('a preflight with trials left out is not enough, but where `boot` is', async (t) => {
  for (const [requirement, refusal] of [
    ['required', /left out: update, unhealthy, corrupted, power-cut, rollback/],
    ['boot', undefined],
  ] as const) {
    const { publish, releases } = await scene(t, requirement);
    const release = writeSampleRelease(releases, '1.0.0', names(10));
    writeReport(release, 'passed', ['boot']);
    const published = publish(release, { channel: 'stable' });
    if (refusal === undefined) await published;
    else await assert.rejects(published, { code: 'preflight-required', message: refusal });
    await publish(release, { channel: 'stable', skipPreflight: 'we know it' });
  }
});

test('where devices have a release, one that was not updated to is not enough', async (t) => {
  const { publish, releases } = await scene(t, 'required');
  const first = writeSampleRelease(releases, '1.0.0', names(10));
  writeReport(first, 'passed');
  await publish(first, { channel: 'stable' });
  const second = writeSampleRelease(releases, '1.1.0', names(11));
  writeReport(second, 'passed');
  await assert.rejects(publish(second, { channel: 'stable' }), {
    code: 'preflight-required',
    message: /tried no update, and the channel has 1\.0\.0/,
  });
  const previous = { version: '1.0.0', manifest: sha256(manifestBytes(first.directory)) };
  writeReport(second, 'passed', undefined, previous);
  await publish(second, { channel: 'stable' });
});

test('what failed is refused, unless a person says why; the reason is signed', async (t) => {
  const { publish, releases, look, repository } = await scene(t, 'required');
  const release = writeSampleRelease(releases, '1.0.0', names(10));
  writeReport(release, 'failed');
  await assert.rejects(publish(release, { channel: 'stable' }), { code: 'preflight-required', message: /failed/ });
  await publish(release, { channel: 'stable', skipPreflight: 'the laboratory is on fire' });
  const { custom } = (await look('stable')).releases[0]!;
  const envelope = await repository.read(objectPath(custom.attestation!.sha256), { maxBytes: 1 << 20 });
  const statement = Buffer.from(JSON.parse(envelope!.toString()).payload, 'base64').toString();
  assert.match(statement, /the laboratory is on fire/);
  assert.match(statement, /"failed"/);
});

test('a preflight of other bytes says nothing', async (t) => {
  const { publish, releases } = await scene(t, 'required');
  const release = writeSampleRelease(releases, '1.0.0', names(10));
  writeReport(release, 'passed');
  const rebuilt = writeSampleRelease(releases, '1.0.0', names(11));
  await assert.rejects(publish(rebuilt, { channel: 'stable' }), { code: 'attestation-invalid' });
});

test('promotion to a channel that asks for it takes the attestation along', async (t) => {
  const all = await scene(t, 'required');
  const promote = (version: string, more = {}) =>
    promoteRelease({ ...all, name: 'web', version, from: 'candidate', to: 'stable', ...more });
  const tried = writeSampleRelease(all.releases, '1.0.0', names(10));
  writeReport(tried, 'passed');
  await all.publish(tried);
  await promote('1.0.0');
  await all.publish(writeSampleRelease(all.releases, '2.0.0', names(12)));
  await assert.rejects(promote('2.0.0'), { code: 'preflight-required' });
  await promote('2.0.0', { skipPreflight: 'it only changes a comment' });
  assert.deepEqual(
    (await all.look('stable')).releases.map(({ version }) => version),
    ['1.0.0', '2.0.0'],
  );
});

test('signed for firmware, it is another manifest; the preflight of what was built counts, here and when promoted', async (t) => {
  using keys = await sampleKeys();
  const secureBoot = readSecureBootSigner(keys.folder, 'db', keys.passphrase);
  const all = await scene(t, 'required');
  const release = writeSampleRelease(all.releases, '1.0.0', names(10));
  writeReport(release, 'passed');
  const built = sha256(manifestBytes(release.directory));
  const published = await all.publish(release, { secureBoot });
  assert.notEqual(published.manifest, built);
  const [offered] = (await all.look('candidate')).releases;
  assert.equal(offered!.custom.attestation?.about, built);
  const bytes = await all.repository.read(offered!.manifest.path, { maxBytes: offered!.manifest.length });
  const { boot } = parseManifest(bytes!);
  assert.equal(boot.signature?.unsigned.uki.sha256, release.manifest.boot.uki.sha256);
  assert.equal(await all.repository.sizeOf(objectPath(boot.uki.sha256)), boot.uki.size);
  assert.equal(
    await all.repository.sizeOf(objectPath(release.manifest.boot.uki.sha256)),
    undefined,
    'unsigned it is not there',
  );
  assert.equal(sha256(manifestBytes(release.directory)), built, 'the release stays as it was built');
  await promoteRelease({ ...all, name: 'web', version: '1.0.0', from: 'candidate', to: 'stable' });
  assert.deepEqual((await all.publish(release, { secureBoot })).sentFiles, 0, 'signed again, it is the same');
});

test('while one publishes, another is told', async (t) => {
  const { publish, releases, place } = await scene(t);
  const lease = await openDirectoryWriter(place).lock('ashlar publish web 9');
  await assert.rejects(publish(writeSampleRelease(releases, '1.0.0', names(10))), { code: 'repository-locked' });
  await lease.release();
});
