import { parseBlockmap } from '../../formats/blockmap/blockmap.ts';
import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { parseManifest, releaseFiles } from '../../model/manifest.ts';
import { blockmapPath, manifestPath, objectPath, packPath } from '../../model/repository.ts';
import type { RepositoryReader } from '../../store/transport/repository-reader.ts';
import { parseEnvelope } from '../../trust/attestation/parse-envelope.ts';
import { parsePreflightStatement } from '../../trust/attestation/preflight-statement.ts';
import type { NeededRelease } from './needed-releases.ts';
import { MAX_MAP_BYTES } from './published-image.ts';
import { readManifestOf } from './read-published.ts';

/** A release that is needed, and whose files cannot be found out: nothing may be removed then. */
export type Unreadable = { readonly release: NeededRelease; readonly why: string };

/**
 * Adds to `files` every file of the repository that a device needs to install `release`: its manifest, what that names, its block map, the packs that
 * holds, its attestation and the logs of that. Returns why not, when it cannot be known.
 */
export async function addFilesOf(
  repository: RepositoryReader,
  release: NeededRelease,
  files: Set<string>,
): Promise<Unreadable | undefined> {
  const path = manifestPath(release.name, release.version, release.manifest.sha256);
  files.add(path);
  const bytes = await readManifestOf(repository, { manifest: { path, ...release.manifest } });
  if (bytes === undefined) return { release, why: `${path} is gone or damaged` };
  const manifest = parseManifest(bytes);
  for (const { sha256: digest } of releaseFiles(manifest)) files.add(objectPath(digest));
  const mapPath = blockmapPath(manifest.root.hash);
  files.add(mapPath);
  const map = await repository.read(mapPath, { maxBytes: MAX_MAP_BYTES });
  if (map === undefined) return { release, why: `${mapPath} is gone` };
  try {
    for (const pack of parseBlockmap(map).packs) files.add(packPath(pack));
  } catch (error) {
    if (error instanceof AshlarError) return { release, why: `${mapPath}: ${error.message}` };
    throw error;
  }
  if (release.attestation !== undefined) await addAttested(repository, release.attestation, files);
  return undefined;
}

async function addAttested(
  repository: RepositoryReader,
  attestation: NonNullable<NeededRelease['attestation']>,
  files: Set<string>,
): Promise<void> {
  const path = objectPath(attestation.sha256);
  files.add(path);
  const bytes = await repository.read(path, { maxBytes: attestation.size });
  if (bytes === undefined || sha256(bytes) !== attestation.sha256) return;
  try {
    const report = parsePreflightStatement(parseEnvelope(bytes).payload);
    for (const { log } of report.trials) if (log !== undefined) files.add(objectPath(log.sha256));
  } catch (error) {
    // An attestation of another kind names no logs of ours.
    if (!(error instanceof AshlarError)) throw error;
  }
}
