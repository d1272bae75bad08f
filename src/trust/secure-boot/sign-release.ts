import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { documentBytes, type Manifest, type ReleaseFile } from '../../model/manifest.ts';
import type { SecureBootSigner } from './secure-boot-signer.ts';
import { signBootImage } from './sign-boot-image.ts';

/** A release as its build left it. */
export interface UnsignedRelease {
  readonly directory: string;
  readonly manifest: Manifest;
}

/** What signing changes of a release; all its other files stay as they are. */
export interface SignedRelease {
  /** Names the signed files, and says what they were before. */
  readonly manifest: Manifest;
  /** By name: the boot image and the loader, and `manifest.json` itself. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/**
 * Signs the loader and the boot image of a release for firmware that enforces Secure Boot. The directory stays as it is: what was built
 * can be built again to the bit, and signing the same release again with the same key gives the same bytes.
 *
 * Throws `release-not-found`, `release-not-verified` when a file is not what the manifest says, `boot-image-invalid` when it is signed already, and
 * what signing throws.
 */
export async function signRelease(
  { directory, manifest }: UnsignedRelease,
  signer: SecureBootSigner,
): Promise<SignedRelease> {
  const { boot } = manifest;
  const uki = await signBootImage(readFile(directory, boot.uki), signer);
  const loader = await signBootImage(readFile(directory, boot.loader), signer);
  const signed: Manifest = {
    ...manifest,
    boot: {
      ...boot,
      uki: described(boot.uki.name, uki),
      loader: described(boot.loader.name, loader),
      signature: {
        certificate: sha256(signer.certificate),
        unsigned: { uki: unsignedFile(boot.uki), loader: unsignedFile(boot.loader) },
      },
    },
    requirements: {
      ...manifest.requirements,
      espBytes: manifest.requirements.espBytes + uki.length - boot.uki.size,
    },
  };
  const files = new Map([
    [boot.uki.name, uki],
    [boot.loader.name, loader],
    ['manifest.json', documentBytes(signed)],
  ]);
  return { manifest: signed, files };
}

function unsignedFile({ size, sha256 }: ReleaseFile): Omit<ReleaseFile, 'name'> {
  return { size, sha256 };
}

function described(name: string, bytes: Buffer): ReleaseFile {
  return { name, size: bytes.length, sha256: sha256(bytes) };
}

function readFile(directory: string, file: ReleaseFile): Buffer {
  const path = join(directory, file.name);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new AshlarError('release-not-found', `${path} cannot be read.`, {
      hint: 'Build or fetch the release again.',
      cause: error,
    });
  }
  if (bytes.length === file.size && sha256(bytes) === file.sha256) return bytes;
  throw new AshlarError('release-not-verified', `${path} is not what the manifest says: it is not signed.`, {
    hint: 'Run `ashlar verify` on the release, and build it again.',
  });
}
