import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256 } from '../../model/digest.ts';
import { objectPath } from '../../model/repository.ts';
import { testSigner } from '../../trust/attestation/attestation.fixture.ts';
import { signAttestation } from '../../trust/attestation/sign-attestation.ts';
import { keyId } from '../../trust/keys/public-key.ts';
import type { Signer } from '../../trust/keys/signer.ts';
import { openTrust } from '../../trust/metadata/open-trust.ts';
import { promoteRelease } from './promote-release.ts';
import { filesOf, manifestBytes, names, type Scene, scene, writeReport } from './publish-scene.fixture.ts';
import { type SampleRelease, writeSampleRelease } from './sample-release.fixture.ts';
import { withdrawRelease } from './withdraw-release.ts';

/** Gives a channel a key of its own, and the publisher with it. */
async function withOwnKey(all: Scene, channel: string, signer: Signer = testSigner()): Promise<Scene> {
  const lease = await all.repository.lock('test');
  const { repository: writer, root, now } = all;
  const signers = [...all.signers, signer];
  const trust = await openTrust({ writer, lease, signers, root, now });
  const before = trust.current().targets.signed.delegations!.roles.find(({ name }) => name === channel)!.keyids;
  trust.changeKeys(channel, { add: [signer.key], remove: before });
  await trust.commit();
  await lease.release();
  return { ...all, signers, publish: (release, options = {}) => all.publish(release, { signers, ...options }) };
}

const promote = (all: Scene, version: string, more: object = {}) =>
  promoteRelease({ ...all, name: 'web', version, from: 'candidate', to: 'stable', ...more });

/** An attestation beside the release by a key that is not the channel's. */
async function writeAttestation(release: SampleRelease, signer: Signer): Promise<void> {
  const { name, version } = release.manifest;
  const report = {
    release: { name, version, manifest: sha256(manifestBytes(release.directory)) },
    finished: 1_800_000_000,
    trials: [{ name: 'boot', outcome: 'passed' as const, reason: 'it came up', seconds: 20 }],
  };
  mkdirSync(join(release.directory, 'preflight'), { recursive: true });
  writeFileSync(join(release.directory, 'preflight/attestation.json'), await signAttestation(report, [signer]));
}

test('keys that are not at hand are missed before anything is sent', async (t) => {
  const all = await scene(t);
  const release = writeSampleRelease(all.releases, '1.0.0', names(10));
  const before = filesOf(all.place);
  await assert.rejects(all.publish(release, { signers: [] }), { code: 'signers-insufficient' });
  assert.deepEqual(filesOf(all.place), before);
});

test('a barrier that is put up later is a change, and promoting does not take one down', async (t) => {
  const all = await scene(t);
  const release = writeSampleRelease(all.releases, '1.0.0', names(10));
  const first = await all.publish(release);
  assert.deepEqual([first.added, first.changed], [true, true]);
  await promote(all, '1.0.0');
  const barred = await all.publish(release, { channel: 'stable', barrier: true });
  assert.deepEqual([barred.added, barred.changed, barred.sentFiles], [false, true, 0]);
  assert.equal((await promote(all, '1.0.0')).changed, false);
  const [offered] = (await all.look('stable')).releases;
  assert.deepEqual([offered!.custom.barrier, offered!.custom.promotedFrom], [true, 'candidate']);
  const withdrawal = await withdrawRelease({ ...all, name: 'web', version: '1.0.0', channel: 'stable' });
  assert.equal(withdrawal.barrier, true);
});

test('a release is not promoted from a channel to itself', async (t) => {
  const all = await scene(t);
  await all.publish(writeSampleRelease(all.releases, '1.0.0', names(10)));
  await assert.rejects(promote(all, '1.0.0', { to: 'candidate' }), { code: 'usage' });
});

test('who decided for candidate alone has not decided for stable', async (t) => {
  const all = await withOwnKey(await scene(t, 'required'), 'candidate');
  await all.publish(writeSampleRelease(all.releases, '1.0.0', names(10)), { skipPreflight: 'only candidate sees it' });
  await assert.rejects(promote(all, '1.0.0'), { code: 'preflight-required', message: /skipped for another channel/ });
  await promote(all, '1.0.0', { skipPreflight: 'all may have it' });
  const { custom } = (await all.look('stable')).releases[0]!;
  const envelope = await all.repository.read(objectPath(custom.attestation!.sha256), { maxBytes: 1 << 20 });
  assert.match(Buffer.from(JSON.parse(envelope!.toString()).payload, 'base64').toString(), /all may have it/);
});

test('an attestation by a key that was taken away since is refused, and a person can decide all the same', async (t) => {
  const first = await withOwnKey(await scene(t, 'required'), 'candidate');
  const release = writeSampleRelease(first.releases, '1.0.0', names(10));
  writeReport(release, 'passed');
  await first.publish(release);
  const all = await withOwnKey(first, 'candidate');
  await assert.rejects(promote(all, '1.0.0'), { code: 'attestation-invalid' });
  await promote(all, '1.0.0', { skipPreflight: 'it was tried before the theft' });
  assert.equal((await all.look('stable')).releases.length, 1);
});

test('an attestation beside the release that another key signed is as good as the report beside it', async (t) => {
  const all = await scene(t, 'required');
  const release = writeSampleRelease(all.releases, '1.0.0', names(10));
  const stranger = testSigner();
  await writeAttestation(release, stranger);
  await assert.rejects(all.publish(release, { channel: 'stable' }), { code: 'attestation-invalid' });
  writeReport(release, 'passed');
  await all.publish(release, { channel: 'stable' });
  const { custom } = (await all.look('stable')).releases[0]!;
  const envelope = await all.repository.read(objectPath(custom.attestation!.sha256), { maxBytes: 1 << 20 });
  const { signatures } = JSON.parse(envelope!.toString());
  assert.deepEqual(
    signatures.map(({ keyid }: { keyid: string }) => keyid),
    [keyId(all.signers[1]!.key)],
    'signed by the channel’s key',
  );
});
