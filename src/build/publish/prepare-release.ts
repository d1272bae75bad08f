import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Sha256, sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { type Manifest, parseManifest, type ReleaseFile, releaseFiles } from '../../model/manifest.ts';
import type { Progress } from '../../model/progress.ts';
import type { SecureBootSigner } from '../../trust/secure-boot/secure-boot-signer.ts';
import { signRelease } from '../../trust/secure-boot/sign-release.ts';
import { MANIFEST_NAME, readManifest, verifyRelease } from '../verify/verify-release.ts';

/** A release that may be published: all of it was checked, and what is signed is signed. */
export interface PreparedRelease {
  readonly directory: string;
  readonly manifest: Manifest;
  /** What becomes the TUF target. */
  readonly manifestBytes: Buffer;
  /** The SHA-256 of the manifest as it was built, before signatures for Secure Boot were attached. */
  readonly builtManifest: Sha256;
  /** What goes into the repository by SHA-256: everything but the root image, whose blocks travel in packs. */
  readonly objects: readonly ReleaseFile[];
  /** The bytes of an object, checked as they are read: throws `release-not-verified` at their end. */
  readonly read: (file: ReleaseFile) => AsyncIterable<Uint8Array>;
}

export interface PrepareReleaseOptions {
  readonly directory: string;
  /** Signs loader and boot image for firmware that enforces Secure Boot; unsigned when absent. */
  readonly secureBoot?: SecureBootSigner | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks every file and block of the release in `directory` and signs what firmware checks. The directory stays as it is. Throws `release-not-found`,
 * `manifest-invalid`, `release-not-verified`, and what signing throws.
 */
export async function prepareRelease(options: PrepareReleaseOptions): Promise<PreparedRelease> {
  const { directory, secureBoot, progress, signal } = options;
  const built = readManifest(directory);
  const { findings } = await verifyRelease(directory, { progress, signal });
  const [finding] = findings;
  if (finding !== undefined) {
    throw notVerified(
      `${built.name} ${built.version} in ${directory}`,
      `${finding.message} ${more(findings.length - 1)}`.trim(),
    );
  }
  const builtBytes = await readFile(join(directory, MANIFEST_NAME));
  const signed = secureBoot === undefined ? undefined : await signRelease({ directory, manifest: built }, secureBoot);
  const manifestBytes = signed?.files.get(MANIFEST_NAME) ?? builtBytes;
  // What devices will parse is what is published.
  const manifest = parseManifest(manifestBytes);
  return {
    directory,
    manifest,
    manifestBytes,
    builtManifest: sha256(builtBytes),
    objects: releaseFiles(manifest).filter(({ name }) => name !== manifest.root.image.name),
    read: (file) => checkedContent(directory, file, signed?.files.get(file.name)),
  };
}

async function* checkedContent(
  directory: string,
  file: ReleaseFile,
  signed: Buffer | undefined,
): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha256');
  const content: AsyncIterable<Buffer> | Buffer[] =
    signed === undefined ? createReadStream(join(directory, file.name)) : [signed];
  for await (const bytes of content) {
    digest.update(bytes);
    yield bytes;
  }
  if (digest.digest('hex') !== file.sha256)
    throw notVerified(join(directory, file.name), 'It changed while it was published.');
}

function notVerified(what: string, why: string): AshlarError {
  return new AshlarError('release-not-verified', `${what} is not published: ${why}`, {
    hint: '`ashlar verify` shows all that is wrong; build the release again.',
  });
}

function more(findings: number): string {
  return findings === 0 ? '' : `(and ${findings} more)`;
}
