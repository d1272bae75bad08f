import { AshlarError } from '../../model/error.ts';
import type { ImageIndex, IndexEntry } from './image-document.ts';
import { isManifestMediaType } from './media-type.ts';
import { type Platform, platformDistance, platformText } from './platform.ts';

/** How many of the platforms that are there a message names. */
const MAX_NAMED = 12;

/**
 * The entry of `index` that runs on `wanted`: the closest variant, and of equal ones the first (image-spec, image-index.md). Entries without a platform are attestations and other
 * company, and nested indexes are not followed. `name` is for the message. Throws `container-architecture-missing`.
 */
export function choosePlatform(index: ImageIndex, wanted: Platform, name: string): IndexEntry {
  let best: { readonly entry: IndexEntry; readonly distance: number } | undefined;
  for (const entry of index.manifests) {
    if (entry.platform === undefined || !isManifestMediaType(entry.mediaType)) continue;
    const distance = platformDistance(wanted, { ...entry.platform, variant: entry.platform.variant });
    if (distance !== undefined && (best === undefined || distance < best.distance)) best = { entry, distance };
  }
  if (best !== undefined) return best.entry;
  throw architectureMissing(
    name,
    wanted,
    index.manifests.flatMap(({ platform }) =>
      platform === undefined || platform.os === 'unknown' ? [] : [{ ...platform, variant: platform.variant }],
    ),
  );
}

/** The image `name` is there for `offered`, and not for `wanted`. */
export function architectureMissing(name: string, wanted: Platform, offered: readonly Platform[]): AshlarError {
  const names = [...new Set(offered.map(platformText))]
    .slice(0, MAX_NAMED)
    .map((text) => JSON.stringify(text).slice(1, -1));
  return new AshlarError(
    'container-architecture-missing',
    `The container image ${name} is not there for ${platformText(wanted)}, but for ${names.join(', ') || 'none at all'}.`,
    { hint: 'Choose another tag of it, or build and push it for this architecture.' },
  );
}
