import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { withoutSignatures } from '../../formats/pe/image-signatures.ts';
import { samplePe } from '../../formats/pe/sample-pe.fixture.ts';
import { sha256 } from '../../model/digest.ts';
import { type Manifest, parseManifest, type ReleaseFile } from '../../model/manifest.ts';
import { readSecureBootSigner } from './read-secure-boot-signer.ts';
import { type SampleKeys, sampleKeys } from './sample-keys.fixture.ts';
import { signRelease } from './sign-release.ts';

let keys: SampleKeys;
let directory: string;
let manifest: Manifest;
before(async () => {
  keys = await sampleKeys();
  directory = mkdtempSync(join(tmpdir(), 'sign-release-'));
  manifest = writeRelease();
});
after(() => {
  keys[Symbol.dispose]();
  rmSync(directory, { recursive: true });
});

/** As much of a release as signing looks at. */
function writeRelease(): Manifest {
  const put = (name: string, bytes: Buffer): ReleaseFile => {
    writeFileSync(join(directory, name), bytes);
    return { name, size: bytes.length, sha256: sha256(bytes) };
  };
  const boot = (text: string): Buffer => samplePe({ sections: [{ name: '.text', content: Buffer.from(text) }] });
  const file = put('root.erofs', Buffer.alloc(4096));
  return {
    format: 'ashlar-manifest/1',
    name: 'sample',
    version: '1.0.0',
    architecture: 'amd64',
    created: 1_700_000_000,
    root: {
      hash: sha256('root'),
      salt: 'ab',
      dataUuid: '00000000-0000-0000-0000-000000000001',
      verityUuid: '00000000-0000-0000-0000-000000000002',
      image: file,
      tree: file,
    },
    boot: {
      uki: put('sample_1.0.0.efi', boot('uki')),
      kernel: '6.12.0',
      commandLine: 'roothash=00',
      loader: put('systemd-boot.efi', boot('loader')),
    },
    disk: { espBytes: 1 << 26, slots: 2, slotBytes: 1 << 23, treeBytes: 1 << 20, varBytes: 1 << 26 },
    requirements: { slotBytes: 4096, treeBytes: 4096, espBytes: 2048 },
    healthChecks: {},
    inputs: { definition: sha256('definition'), lock: sha256('lock') },
    documents: { sbom: file, provenance: file, packages: file, placement: file },
  };
}

const signer = () => readSecureBootSigner(keys.folder, 'db', keys.passphrase);

test('the manifest names the signed files, and says what they were', async () => {
  const signed = await signRelease({ directory, manifest }, signer());
  assert.deepEqual(parseManifest(signed.files.get('manifest.json')!), signed.manifest);
  const { uki, loader, signature } = signed.manifest.boot;
  for (const { name, size, sha256: digest } of [uki, loader]) {
    const bytes = signed.files.get(name)!;
    assert.deepEqual([bytes.length, sha256(bytes)], [size, digest]);
    assert.ok(withoutSignatures(bytes).equals(readFileSync(join(directory, name))));
  }
  const built = ({ size, sha256: digest }: ReleaseFile) => ({ size, sha256: digest });
  assert.deepEqual(signature?.unsigned, { uki: built(manifest.boot.uki), loader: built(manifest.boot.loader) });
  assert.equal(signature?.certificate, sha256(signer().certificate));
  assert.ok(signed.manifest.requirements.espBytes > manifest.requirements.espBytes);
});

test('signing a release twice gives the same', async () => {
  const [first, second] = await Promise.all([1, 2].map(() => signRelease({ directory, manifest }, signer())));
  assert.deepEqual(first, second);
});

test('a file that is not what the manifest says is not signed', async () => {
  const { boot } = manifest;
  const altered: Manifest = { ...manifest, boot: { ...boot, uki: { ...boot.uki, sha256: sha256('other') } } };
  await assert.rejects(signRelease({ directory, manifest: altered }, signer()), { code: 'release-not-verified' });
  const gone: Manifest = { ...manifest, boot: { ...boot, loader: { ...boot.loader, name: 'gone.efi' } } };
  await assert.rejects(signRelease({ directory, manifest: gone }, signer()), { code: 'release-not-found' });
});
