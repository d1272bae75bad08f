import { compareVersions } from '../../formats/version-order.ts';
import { isSha256, type Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { MAX_MANIFEST_BYTES } from '../../model/manifest.ts';
import {
  DEVICES_FOLDER,
  type DeviceRecord,
  deviceRecordSchema,
  METADATA_FOLDER,
  type ReleaseCustom,
  releaseCustomSchema,
  TARGETS_FOLDER,
} from '../../model/repository.ts';
import type { RepositoryFile, RepositoryWriter } from '../../store/transport/repository-writer.ts';
import { parseMetadata } from '../../trust/metadata/parse-metadata.ts';

/** A release that somebody may still install. */
export interface NeededRelease {
  readonly name: string;
  readonly version: string;
  /** `length` is a bound where only the hash is known. */
  readonly manifest: { readonly sha256: Sha256; readonly length: number };
  readonly attestation: ReleaseCustom['attestation'];
  /** Who needs it, for people: `channel stable`, `floor`, `device 12`. */
  readonly by: string;
}

const MAX_METADATA_FILE_BYTES = 16 << 20;
const MAX_DEVICE_BYTES = 64 << 10;
const MANIFEST = /^targets\/releases\/([^/]+)\/([^/]+)\/([0-9a-f]{64})\.manifest\.json$/;

/**
 * The releases that a metadata file of a channel names. The file's signature is not looked at: one that nobody signed could only keep more. Throws
 * `metadata-invalid` when it cannot be read: then nothing may be removed.
 */
export async function releasesOfRole(
  repository: RepositoryWriter,
  file: string,
  role: string,
): Promise<NeededRelease[]> {
  const bytes = await repository.read(`${METADATA_FOLDER}/${file}`, { maxBytes: MAX_METADATA_FILE_BYTES });
  if (bytes === undefined) return [];
  const { targets } = parseMetadata(bytes, 'targets', file).signed;
  return Object.values(targets).flatMap((target) => {
    const custom = releaseCustomSchema.safeParse(target.custom?.['ashlar']).data;
    const digest = target.hashes['sha256'];
    if (custom === undefined || digest === undefined || !isSha256(digest)) return [];
    const { name, version, attestation } = custom;
    return [{ name, version, manifest: { sha256: digest, length: target.length }, attestation, by: `channel ${role}` }];
  });
}

/** The releases at the floors: what a device that fell below one installs first. */
export async function releasesAtFloors(
  repository: RepositoryWriter,
  floors: Readonly<Record<string, string>>,
): Promise<NeededRelease[]> {
  const needed: NeededRelease[] = [];
  for await (const { path } of repository.list(TARGETS_FOLDER)) {
    const [, name = '', version = '', digest = ''] = MANIFEST.exec(path) ?? [];
    const floor = Object.hasOwn(floors, name) ? floors[name] : undefined;
    if (floor === undefined || !isSha256(digest) || compareVersions(floor, version) !== 0) continue;
    needed.push(bySha256(name, version, digest, 'floor'));
  }
  return needed;
}

/** The releases that recorded devices run, can go back to or are about to install. Throws `repository-corrupt` for a record that cannot be read. */
export async function releasesOfDevices(repository: RepositoryWriter): Promise<NeededRelease[]> {
  const needed: NeededRelease[] = [];
  for await (const file of repository.list(DEVICES_FOLDER)) {
    if (!file.path.endsWith('.json')) continue;
    const { name, releases } = await readDevice(repository, file);
    const device = file.path.slice(DEVICES_FOLDER.length + 1, -'.json'.length);
    for (const { version, manifest } of releases) needed.push(bySha256(name, version, manifest, `device ${device}`));
  }
  return needed;
}

async function readDevice(repository: RepositoryWriter, { path }: RepositoryFile): Promise<DeviceRecord> {
  const bytes = await repository.read(path, { maxBytes: MAX_DEVICE_BYTES });
  try {
    return deviceRecordSchema.parse(JSON.parse(bytes?.toString() ?? ''));
  } catch (cause) {
    throw new AshlarError(
      'repository-corrupt',
      `${path} of the repository ${repository.describe()} is no record of a device.`,
      {
        hint: 'What the device needs cannot be known, so nothing is removed. Mend the record, or remove it.',
        cause,
      },
    );
  }
}

function bySha256(name: string, version: string, digest: Sha256, by: string): NeededRelease {
  return { name, version, manifest: { sha256: digest, length: MAX_MANIFEST_BYTES }, attestation: undefined, by };
}
