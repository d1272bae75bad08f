import { isSha256, type Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { MAX_MANIFEST_BYTES } from '../../model/manifest.ts';
import { manifestPath, manifestTargetPath, type ReleaseCustom, releaseCustomSchema } from '../../model/repository.ts';
import type { Target } from '../metadata/metadata-schema.ts';

/** A release that a channel names. Its manifest is trusted when it has this length and this SHA-256. */
export interface TrustedRelease {
  readonly name: string;
  readonly version: string;
  readonly manifest: {
    /** In the repository. */
    readonly path: string;
    /** Bytes. */
    readonly length: number;
    readonly sha256: Sha256;
  };
  readonly custom: ReleaseCustom;
}

const RELEASE_PATH = /^releases\/[^/]+\/[^/]+\/manifest\.json$/;

/** True when the target path is one of a release's manifest; a repository may have other targets, for others. */
export function isReleasePath(path: string): boolean {
  return RELEASE_PATH.test(path);
}

/**
 * A target of a channel as a release. Throws `metadata-invalid` when it is not one: leaving it out could leave out a barrier.
 */
export function trustedRelease(path: string, target: Target): TrustedRelease {
  const refuse = (why: string, cause?: unknown): never => {
    throw new AshlarError('metadata-invalid', `The repository says something of ${path} that does not fit: ${why}.`, {
      hint: 'It was made by another version of Ashlar, or by something else; tell who publishes the repository.',
      cause,
    });
  };
  const parsed = releaseCustomSchema.safeParse(target.custom?.['ashlar']);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(`${issue?.path.map(String).join('.') || 'custom.ashlar'}: ${issue?.message}`, parsed.error);
  }
  const { name, version } = parsed.data;
  if (path !== manifestTargetPath(name, version)) return refuse(`it is ${name} ${version}`);
  const sha256 = Object.hasOwn(target.hashes, 'sha256') ? target.hashes['sha256'] : undefined;
  if (sha256 === undefined || !isSha256(sha256)) return refuse('it has no SHA-256');
  if (target.length > MAX_MANIFEST_BYTES) return refuse(`a manifest of ${target.length} bytes is too long`);
  return {
    name,
    version,
    manifest: { path: manifestPath(name, version, sha256), length: target.length, sha256 },
    custom: parsed.data,
  };
}
