import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest } from '../../build/verify/verify-release.ts';
import { type Sha256, sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { Manifest } from '../../model/manifest.ts';
import { parseUpdateConfig, UPDATE_CONFIG_PATH, type UpdateConfig } from '../../model/update-config.ts';
import { readImageFile } from './image-file.ts';

/** A release that takes part in a preflight. */
export interface TriedRelease {
  readonly directory: string;
  readonly manifest: Manifest;
  /** SHA-256 of its manifest.json. */
  readonly digest: Sha256;
  /** How its agent is configured in the image; undefined when it has none. */
  readonly updates: UpdateConfig | undefined;
}

/** Reads the release at `directory`. Throws `release-not-found`, `manifest-invalid`, `image-corrupt`, `update-config-invalid`. */
export function readTriedRelease(directory: string): TriedRelease {
  const manifest = readManifest(directory);
  const config = readImageFile(join(directory, manifest.root.image.name), UPDATE_CONFIG_PATH);
  return {
    directory,
    manifest,
    digest: sha256(readFileSync(join(directory, 'manifest.json'))),
    updates: config === undefined ? undefined : parseUpdateConfig(config),
  };
}

/** The release before, for what is tried only when there is one. */
export function theOneBefore({ previous }: { readonly previous: TriedRelease | undefined }): TriedRelease {
  if (previous !== undefined) return previous;
  throw new AshlarError('internal', 'An update was to be tried without a release before.', { hint: 'Report this.' });
}
