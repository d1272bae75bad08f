import { AshlarError } from '../../model/error.ts';
import {
  BLOCKMAPS_FOLDER,
  METADATA_FOLDER,
  OBJECTS_FOLDER,
  PACKS_FOLDER,
  TARGETS_FOLDER,
} from '../../model/repository.ts';
import type { RepositoryFile, RepositoryWriter } from '../../store/transport/repository-writer.ts';
import type { TrustEditor } from '../../trust/metadata/open-trust.ts';
import { addFilesOf } from './needed-files.ts';
import { delegatedRoles, neededMetadata, roleOfMetadata } from './needed-metadata.ts';
import { type NeededRelease, releasesAtFloors, releasesOfDevices, releasesOfRole } from './needed-releases.ts';
import { type Publisher, withTrust } from './publish-releases.ts';

export interface CollectGarbageOptions extends Publisher {
  /** Files younger than this stay, whatever needs them: a publish, or the download of a release that has just been withdrawn, may be under way. */
  readonly graceHours: number;
  /** Removes; without it, what would be removed is only told. */
  readonly apply: boolean;
}

export interface CollectedGarbage {
  /** What goes, or went, in the order in which it does. */
  readonly garbage: readonly RepositoryFile[];
  /** Releases that stay, and who needs each. */
  readonly needed: readonly { readonly name: string; readonly version: string; readonly by: readonly string[] }[];
  readonly keptFiles: number;
  readonly keptBytes: number;
}

const MILLISECONDS_PER_HOUR = 60 * 60 * 1000;
/** What names others goes before what it names: an interrupted collection leaves nothing that names what is gone. */
const ORDER = [METADATA_FOLDER, TARGETS_FOLDER, BLOCKMAPS_FOLDER, PACKS_FOLDER, OBJECTS_FOLDER] as const;

/**
 * Finds the files of a repository that nobody may need any more, and removes them when asked to: those that no release of any channel, floor or recorded device
 * names, now or less than the time of grace ago. Barriers are releases of a channel. Holds the lease, so no publish builds on what is going.
 *
 * Throws `repository-incomplete` when what a release needs cannot be found out; nothing is removed then.
 */
export async function collectGarbage(options: CollectGarbageOptions): Promise<CollectedGarbage> {
  const { repository, graceHours, apply, now, signal } = options;
  const youngerThan = new Date(now.getTime() - graceHours * MILLISECONDS_PER_HOUR);
  return withTrust(options, 'ashlar repo gc', async (trust, lease) => {
    const files = await neededMetadata(repository, currentVersions(trust), youngerThan);
    const releases = await neededReleases(repository, trust, files);
    await addReleases(repository, releases, files);
    const garbage: RepositoryFile[] = [];
    let [keptFiles, keptBytes] = [0, 0];
    for (const folder of ORDER) {
      for await (const file of repository.list(folder)) {
        signal?.throwIfAborted();
        // Metadata has its own rule: how long ago its successor came.
        const isYoung = folder !== METADATA_FOLDER && file.modified >= youngerThan;
        if (!files.has(file.path) && !isYoung) garbage.push(file);
        else {
          keptFiles += 1;
          keptBytes += file.size;
        }
      }
    }
    for (const { path } of apply ? garbage : []) {
      signal?.throwIfAborted();
      await lease.renew();
      await repository.remove(path);
    }
    return { garbage, needed: grouped(releases), keptFiles, keptBytes };
  });
}

function currentVersions(trust: TrustEditor): Record<string, number> {
  const { targets, snapshot, channels } = trust.current();
  return {
    targets: targets.signed.version,
    snapshot: snapshot.signed.version,
    ...Object.fromEntries([...channels].map(([name, { signed }]) => [name, signed.version])),
  };
}

/** By all metadata that stays: what a channel had a moment ago is still being installed. */
async function neededReleases(
  repository: RepositoryWriter,
  trust: TrustEditor,
  metadata: ReadonlySet<string>,
): Promise<NeededRelease[]> {
  const needed: NeededRelease[] = [];
  // A channel that was removed a moment ago is still followed by who has not heard of it.
  const followed = new Set([...trust.channels(), ...(await delegatedRoles(repository, metadata))]);
  for (const path of metadata) {
    const role = roleOfMetadata(path);
    if (role === undefined || !followed.has(role)) continue;
    needed.push(...(await releasesOfRole(repository, path.slice(METADATA_FOLDER.length + 1), role)));
  }
  needed.push(...(await releasesAtFloors(repository, trust.policy().floors)));
  needed.push(...(await releasesOfDevices(repository)));
  return needed;
}

async function addReleases(
  repository: RepositoryWriter,
  releases: readonly NeededRelease[],
  files: Set<string>,
): Promise<void> {
  for (const release of releases) {
    const unreadable = await addFilesOf(repository, release, files);
    if (unreadable === undefined) continue;
    throw new AshlarError(
      'repository-incomplete',
      `What ${release.name} ${release.version} (${release.by}) needs cannot be found out: ${unreadable.why}.`,
      {
        hint: 'Nothing is removed. Publish the release again, withdraw what needs it, or, of a device, mend or remove its record under devices/.',
      },
    );
  }
}

function grouped(releases: readonly NeededRelease[]): CollectedGarbage['needed'] {
  const groups = Map.groupBy(releases, ({ name, version }) => `${name} ${version}`);
  return [...groups.values()].map((group) => ({
    name: group[0]!.name,
    version: group[0]!.version,
    by: [...new Set(group.map(({ by }) => by))].sort(),
  }));
}
