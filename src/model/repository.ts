import { z } from 'zod';
import { isSha256, type Sha256 } from './digest.ts';
import { preflightRequirementSchema } from './preflight-requirement.ts';

/** Where the TUF metadata lies in a repository. */
export const METADATA_FOLDER = 'metadata';
/** Where the TUF targets lie: the manifests, with their SHA-256 before the name (TUF “consistent snapshots”). */
export const TARGETS_FOLDER = 'targets';
/** Where all other files of releases lie, by SHA-256. */
export const OBJECTS_FOLDER = 'objects';
/** Where the blocks of root images lie, many to a file. */
export const PACKS_FOLDER = 'packs';
/** Where it says which block of an image lies in which pack. */
export const BLOCKMAPS_FOLDER = 'blockmaps';
/** What devices have told of themselves, one file each: `repo gc` keeps what they may still need. */
export const DEVICES_FOLDER = 'devices';

/** A pack is no longer than this: small enough to be sent again after an interruption, large enough that an image needs only dozens. */
export const MAX_PACK_BYTES = 16 << 20;

const CHANNEL = /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/;
/** The roles that TUF itself has: no channel may be named so. */
const TUF_ROLES: ReadonlySet<string> = new Set(['root', 'targets', 'snapshot', 'timestamp', 'mirrors']);

/** True when `text` can name a channel: 2–32 lower-case letters, digits and `-`, and not the name of a TUF role. */
export function isChannelName(text: string): boolean {
  return CHANNEL.test(text) && !TUF_ROLES.has(text);
}

/** The TUF target path of a release's manifest: `releases/<name>/<version>/manifest.json`. */
export function manifestTargetPath(name: string, version: string): string {
  return `releases/${name}/${version}/manifest.json`;
}

/** Where the manifest with the SHA-256 `digest` lies in the repository. */
export function manifestPath(name: string, version: string, digest: Sha256): string {
  return `${TARGETS_FOLDER}/releases/${name}/${version}/${digest}.manifest.json`;
}

/** Where the file of a release with the SHA-256 `digest` lies in the repository. */
export function objectPath(digest: Sha256): string {
  return `${OBJECTS_FOLDER}/${digest.slice(0, 2)}/${digest}`;
}

/** Where the pack with the SHA-256 `digest` lies in the repository. */
export function packPath(digest: Sha256): string {
  return `${PACKS_FOLDER}/${digest.slice(0, 2)}/${digest}.pack`;
}

/** Where the block map of the image with the dm-verity root hash `rootHash` lies in the repository. */
export function blockmapPath(rootHash: Sha256): string {
  return `${BLOCKMAPS_FOLDER}/${rootHash}.blockmap`;
}

const digest = z.custom<Sha256>(
  (value) => typeof value === 'string' && isSha256(value),
  'must be a SHA-256: 64 lower-case hexadecimal digits',
);
const version = z
  .string()
  .max(32, 'must be a version of at most 32 characters')
  .regex(/^[A-Za-z0-9][A-Za-z0-9.~^-]*$/, 'must be a version');
const name = z
  .string()
  .max(32, 'must be the name of a system, of at most 32 characters')
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'must be the name of a system');
const channel = z
  .string()
  .refine(
    isChannelName,
    'must be the name of a channel: 2 to 32 lower-case letters, digits and hyphens, a letter first',
  );

/** The names that a person types, checked as the signed metadata has them. */
export { channel as channelNameSchema, name as systemNameSchema, version as releaseVersionSchema };

/**
 * What a channel's TUF role says of a release beside the manifest's size and hash: the target's `custom.ashlar`. Unknown fields are let pass, here and below: a device must be
 * able to update to the version that knows them.
 */
export const releaseCustomSchema = z.object({
  name,
  version,
  rootHash: digest.describe('dm-verity root hash of the image'),
  created: z.int().min(0).describe('The manifest’s `created`, seconds since 1970'),
  promotedFrom: channel.optional().describe('The channel that the release was promoted from'),
  barrier: z
    .boolean()
    .optional()
    .describe('Devices below this version install it before any later one, because later ones need what it does'),
  attestation: z
    .strictObject({
      sha256: digest,
      size: z.int().min(1),
      about: digest
        .optional()
        .describe('SHA-256 of the manifest as it was built and tried, before signatures for Secure Boot were attached'),
    })
    .optional()
    .describe('The object that says how the preflight went: a DSSE envelope'),
});

export type ReleaseCustom = z.infer<typeof releaseCustomSchema>;

/** What the top-level targets role says of systems and channels: its field `ashlar`. */
export const repositoryPolicySchema = z.object({
  floors: z.record(name, version).describe('Below this version of a system nothing is installed'),
  channels: z
    .record(channel, z.object({ preflight: preflightRequirementSchema }))
    .describe('The channels, and which preflight a release must have passed to be in them'),
});

export type RepositoryPolicy = z.infer<typeof repositoryPolicySchema>;

/** `devices/<anything>.json`: what a device may still need, written by whoever keeps track of it. `repo gc` keeps these releases. */
export const deviceRecordSchema = z.strictObject({
  format: z.literal('ashlar-device/1'),
  name,
  releases: z
    .array(z.strictObject({ version, manifest: digest.describe('SHA-256 of the release’s manifest') }))
    .max(64)
    .describe('The releases that it runs, can go back to, or is about to install'),
});

export type DeviceRecord = z.infer<typeof deviceRecordSchema>;
