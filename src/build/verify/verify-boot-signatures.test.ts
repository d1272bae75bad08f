import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { samplePe } from '../../formats/pe/sample-pe.fixture.ts';
import { sha256 } from '../../model/digest.ts';
import type { Manifest, ReleaseFile } from '../../model/manifest.ts';
import { readSecureBootSigner } from '../../trust/secure-boot/read-secure-boot-signer.ts';
import { type SampleKeys, sampleKeys } from '../../trust/secure-boot/sample-keys.fixture.ts';
import { signRelease } from '../../trust/secure-boot/sign-release.ts';
import { sampleRelease } from '../disk/sample-release.ts';
import { verifyBootSignatures } from './verify-boot-signatures.ts';

let keys: SampleKeys;
let directory: string;
let built: Manifest;
let signed: Manifest;
before(async () => {
  keys = await sampleKeys();
  directory = mkdtempSync(join(tmpdir(), 'boot-signatures-'));
  const sample = sampleRelease(directory);
  const put = (name: string, text: string): ReleaseFile => {
    // An odd length: zeros come between it and the signature.
    const image = Buffer.concat([
      samplePe({ sections: [{ name: '.text', content: Buffer.from(text) }] }),
      Buffer.from('s'),
    ]);
    writeFileSync(join(directory, name), image);
    return { name, size: image.length, sha256: sha256(image) };
  };
  const { uki, loader } = sample.boot;
  built = { ...sample, boot: { ...sample.boot, uki: put(uki.name, 'uki'), loader: put(loader.name, 'loader') } };
  const release = await signRelease(
    { directory, manifest: built },
    readSecureBootSigner(keys.folder, 'db', keys.passphrase),
  );
  for (const [name, bytes] of release.files) writeFileSync(join(directory, name), bytes);
  signed = release.manifest;
});
after(() => {
  keys[Symbol.dispose]();
  rmSync(directory, { recursive: true });
});

test('a signed release holds, and of an unsigned one there is nothing to check', () => {
  assert.deepEqual(verifyBootSignatures(directory, signed), []);
  assert.deepEqual(verifyBootSignatures(directory, built), []);
});

test('what the manifest says wrongly is found', () => {
  const { boot } = signed;
  const claims = (change: Partial<NonNullable<Manifest['boot']['signature']>>): Manifest => ({
    ...signed,
    boot: { ...boot, signature: { ...boot.signature!, ...change } },
  });
  const other = { size: built.boot.uki.size, sha256: sha256('other') };
  const unsigned = { ...boot.signature!.unsigned, uki: other };
  assert.deepEqual(verifyBootSignatures(directory, claims({ unsigned })), [
    { file: boot.uki.name, problem: 'is, without its signature, not the file that the manifest says was built' },
  ]);
  const problems = verifyBootSignatures(directory, claims({ certificate: sha256('other') }));
  assert.deepEqual(
    problems.map(({ problem }) => problem),
    ['uki', 'loader'].map(() => 'is not signed by the certificate that the manifest names'),
  );
});
