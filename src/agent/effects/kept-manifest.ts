import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Generation, Target } from '../../engine/generation.ts';
import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { MAX_MANIFEST_BYTES, type Manifest, parseManifest } from '../../model/manifest.ts';
import { makeDirectory } from '../../store/make-directory.ts';
import { replaceFile } from '../../store/replace-file.ts';
import type { DevicePaths } from '../device-paths.ts';
import { readStart } from '../files/read-start.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

type Places = Pick<DevicePaths, 'generations'>;

/** Keeps the verified manifest of a release as long as the release is on the device. */
export function keepManifest(places: Places, generation: Generation, bytes: Uint8Array): void {
  const folder = folderOf(places, generation);
  makeDirectory(folder, FOLDER_MODE);
  replaceFile(join(folder, 'manifest.json'), bytes, FILE_MODE);
}

/**
 * The manifest that was kept for `target`; undefined when there is none, when it is another release's, or when it is not the one that the
 * signed metadata named.
 */
export function keptManifest(places: Places, target: Target): Manifest | undefined {
  const bytes = readStart(join(folderOf(places, target), 'manifest.json'), MAX_MANIFEST_BYTES + 1);
  if (bytes === undefined) return undefined;
  if (target.manifest !== undefined && sha256(bytes) !== target.manifest.sha256) return undefined;
  try {
    const manifest = parseManifest(bytes);
    return manifest.root.hash === target.rootHash ? manifest : undefined;
  } catch (error) {
    if (error instanceof AshlarError) return undefined;
    throw error;
  }
}

/** {@link keptManifest} of a release that has been fetched. Throws `release-not-found`. */
export function fetchedManifest(places: Places, target: Target): Manifest {
  const manifest = keptManifest(places, target);
  if (manifest !== undefined) return manifest;
  throw new AshlarError(
    'release-not-found',
    `The manifest of ${target.name} ${target.version} is not on this device.`,
    {
      hint: 'The next check fetches it again.',
    },
  );
}

/** Removes the manifests of all releases but those in `kept`. */
export function clearManifests({ generations }: Places, kept: readonly Generation[]): void {
  const folders = new Set(kept.map(folderName));
  try {
    for (const name of readdirSync(generations)) {
      if (!folders.has(name)) rmSync(join(generations, name), { recursive: true, force: true });
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function folderOf({ generations }: Places, generation: Generation): string {
  return join(generations, folderName(generation));
}

/** Names and versions have neither `_` nor `/`, and do not begin with a dot: they come from signed metadata and are checked by their schema. */
function folderName({ name, version }: Generation): string {
  return `${name}_${version}`;
}
