import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../model/manifest.ts';
import type { Passphrase } from '../../trust/keys/passphrase.ts';
import { assertWillStart } from '../../trust/secure-boot/assert-will-start.ts';
import { type Enrolment, readEnrolment, secureBootFolder } from '../../trust/secure-boot/read-enrolment.ts';
import { readSecureBootSigner } from '../../trust/secure-boot/read-secure-boot-signer.ts';
import { signRelease } from '../../trust/secure-boot/sign-release.ts';
import { RELEASE_FILES } from '../release/describe-release.ts';

/** A release as a disk gets it whose machine is to enforce Secure Boot. */
export interface SecureBootDisk {
  /** Of the signed release. */
  readonly manifest: Manifest;
  /** Files that are not taken from the release directory: they were signed just now. */
  readonly signed: ReadonlyMap<string, Buffer>;
  readonly enrolment: Enrolment;
}

/**
 * What a disk needs so that firmware takes our keys and starts what is on it. A release that was not signed by publishing is signed here,
 * with the key `db`; one that was must be signed by a key that the enrolment knows.
 *
 * @param place the folder of `ashlar trust init`, or its Secure Boot folder.
 * Throws `secure-boot-keys-unusable`, `key-locked`, `boot-image-refused` when a machine with these keys would not start, `release-not-verified`.
 */
export async function secureBootDisk(
  directory: string,
  manifest: Manifest,
  place: string,
  passphrase: Passphrase,
): Promise<SecureBootDisk> {
  const folder = secureBootFolder(place);
  const enrolment = readEnrolment(folder);
  const release =
    manifest.boot.signature === undefined
      ? await signRelease({ directory, manifest }, readSecureBootSigner(folder, 'db', passphrase))
      : { manifest, files: new Map<string, Buffer>() };
  const { uki, loader } = release.manifest.boot;
  for (const { name } of [loader, uki]) {
    const bytes = release.files.get(name) ?? readFileSync(join(directory, name));
    assertWillStart(bytes, name, enrolment);
  }
  const signed = new Map([...release.files].filter(([name]) => name !== RELEASE_FILES.manifest));
  return { manifest: release.manifest, signed, enrolment };
}
