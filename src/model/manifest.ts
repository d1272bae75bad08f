import { z } from 'zod';
import { isSha256, type Sha256 } from './digest.ts';
import { AshlarError } from './error.ts';
import { parseDocument } from './parse-document.ts';

/** Larger than any manifest can honestly be: what is longer is not parsed. */
export const MAX_MANIFEST_BYTES = 4 << 20;
const MAX_FILE_BYTES = 2 ** 44;
const MAX_COMMAND_LINE_CHARACTERS = 4096;

const digest = z.custom<Sha256>(
  (value) => typeof value === 'string' && isSha256(value),
  'must be a SHA-256: 64 lower-case hexadecimal digits',
);
const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'must be a UUID in lower case');
const bytes = z.int().min(0).max(MAX_FILE_BYTES);
/** A plain name: it is joined to a directory, so it must not be able to leave it. */
const fileName = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._~-]*$/, 'must be a plain file name');

const releaseFile = z.strictObject({
  name: fileName.describe('File in the release directory'),
  size: bytes.describe('Bytes'),
  sha256: digest,
});

const unsignedFile = z.strictObject({ size: bytes, sha256: digest });

/**
 * `manifest.json`: all that belongs to a release, by size and SHA-256. What is signed is this file, so everything it does not
 * name does not belong to the release. The format is `docs/development/formats/manifest.md`.
 */
export const manifestSchema = z.strictObject({
  format: z.literal('ashlar-manifest/1'),
  name: z
    .string()
    .max(32)
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/)
    .describe('IMAGE_ID of the system'),
  version: z
    .string()
    .max(32)
    .regex(/^[A-Za-z0-9][A-Za-z0-9.~^-]*$/)
    .describe('IMAGE_VERSION of the system (UAPI Version Format)'),
  architecture: z.enum(['amd64', 'arm64']).describe('Debian architecture'),
  created: z
    .int()
    .min(0)
    .describe('Seconds since 1970: the date of the newest package index of the lock, not of the build'),
  root: z
    .strictObject({
      hash: digest.describe('dm-verity root hash: identifies the image'),
      salt: z
        .string()
        .regex(/^([0-9a-f]{2}){0,256}$/)
        .describe('dm-verity salt, hexadecimal; fixed per system'),
      dataUuid: uuid.describe('Partition UUID of the slot that holds the image: first 128 bits of the root hash'),
      verityUuid: uuid.describe('Partition UUID of its hash tree: last 128 bits of the root hash'),
      image: releaseFile.describe('The EROFS image'),
      tree: releaseFile.describe('The dm-verity hash tree, superblock included'),
    })
    .describe('The root file system'),
  boot: z
    .strictObject({
      uki: releaseFile.describe('The unified kernel image'),
      kernel: z.string().max(128).describe('Kernel release, as uname -r says'),
      commandLine: z.string().max(MAX_COMMAND_LINE_CHARACTERS).describe('Kernel command line, built into the UKI'),
      loader: releaseFile.describe('systemd-boot, which goes onto the ESP'),
      signature: z
        .strictObject({
          certificate: digest.describe('SHA-256 of the certificate (DER) that signed boot image and loader'),
          unsigned: z
            .strictObject({ uki: unsignedFile, loader: unsignedFile })
            .describe('What they were before: as they were built'),
        })
        .optional()
        .describe('Signatures for Secure Boot, which publishing attaches; a release as it was built has none'),
    })
    .describe('What the firmware starts'),
  disk: z
    .strictObject({
      espBytes: bytes,
      slots: z.int().min(1).max(8),
      slotBytes: bytes.describe('Size of a slot’s data partition'),
      treeBytes: bytes.describe('Size of a slot’s hash tree partition'),
      varBytes: bytes.describe('Least size of /var'),
    })
    .describe('The layout that this release was planned for; frozen on a disk when it is installed'),
  requirements: z
    .strictObject({ slotBytes: bytes, treeBytes: bytes, espBytes: bytes })
    .describe('What a device must have room for'),
  healthChecks: z
    .record(z.string().max(64), z.record(z.string(), z.json()))
    .describe('The definition’s health checks, by name'),
  inputs: z
    .strictObject({
      definition: digest.describe('The evaluated definition, file contents included'),
      lock: digest.describe('The lock’s packages and pinned ids'),
    })
    .describe('What the release was built from: the same inputs give the same bytes'),
  generation: z
    .strictObject({
      confext: releaseFile.describe('An extension of /etc as a disk image: a discoverable one with hash tree'),
      rootHash: digest.describe('dm-verity root hash of its file system'),
    })
    .optional()
    .describe('What of the generation is not in the image; present for systems with updates'),
  documents: z
    .strictObject({ sbom: releaseFile, provenance: releaseFile, packages: releaseFile, placement: releaseFile })
    .describe('SPDX 2.3, SLSA v1 provenance, the list of packages, and where data lies in the image'),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ReleaseFile = Manifest['root']['image'];

/** Parses the bytes of a `manifest.json`, which may come from anywhere. Throws `manifest-invalid`. */
export function parseManifest(bytes: Uint8Array): Manifest {
  const refuse = (reason: string, cause?: unknown): never => {
    throw new AshlarError('manifest-invalid', `This is not the manifest of a release: ${reason}.`, {
      hint: 'Check the path; if it is right, build or fetch the release again.',
      cause,
    });
  };
  return parseDocument(bytes, manifestSchema, MAX_MANIFEST_BYTES, refuse);
}

/** The files that a manifest names, itself excluded. */
export function releaseFiles(manifest: Manifest): ReleaseFile[] {
  const { root, boot, generation, documents } = manifest;
  return [
    root.image,
    root.tree,
    boot.uki,
    boot.loader,
    ...(generation === undefined ? [] : [generation.confext]),
    documents.sbom,
    documents.provenance,
    documents.packages,
    documents.placement,
  ];
}

/** A document of a release as bytes: JSON with two spaces and a final newline, keys in the order given. */
export function documentBytes(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}
