import type { DeviceState, Objection } from '../device-state.ts';
import type { DiskView } from '../disk-view.ts';
import { generationText } from '../generation.ts';
import { missingSpace } from './missing-space.ts';
import type { SpaceNeeds } from './space-needs.ts';

/** A file of the ESP that no rule protects, and that goes before the new boot image comes. */
export interface Reclaim {
  /** From the ESP's root. */
  readonly path: string;
  readonly bytes: number;
  readonly why: string;
}

export type EspPlan =
  | { readonly kind: 'fits'; readonly reclaims: readonly Reclaim[] }
  | { readonly kind: 'lacks'; readonly objections: readonly Objection[] };

/** Long names take several directory entries of 32 bytes: at most one more cluster in each of the folders that are written. */
const DIRECTORY_CLUSTERS = 3;

/**
 * Room on the ESP for the new boot image beside the ones that stay, and for a new loader beside the old one. What goes first: the entry of
 * the slot that is overwritten, and what interrupted writes left; only if that is not enough, entries that start nothing on this disk.
 *
 * @param slot the slot that will be overwritten
 */
export function planEsp(
  { running, proven }: Pick<DeviceState, 'running' | 'proven'>,
  { esp, entries, leftovers, slots }: DiskView,
  { bootImageBytes, loaderBytes }: SpaceNeeds,
  slot: number | undefined,
): EspPlan {
  const inClusters = (bytes: number): number => Math.ceil(bytes / esp.clusterBytes) * esp.clusterBytes;
  const overwritten = slots.find(({ index }) => index === slot)?.content;
  // Whatever the table says: what runs and what is proven keep their entries.
  const kept = new Set([running.rootHash, proven.rootHash]);
  const held = new Set(slots.flatMap(({ content }) => (content.kind === 'release' ? [content.rootHash] : [])));
  const reclaim =
    (why: string) =>
    ({ file, bytes }: { file: string; bytes: number }) => ({ path: `EFI/Linux/${file}`, bytes, why });

  const certain: Reclaim[] = [
    ...entries
      .filter(
        ({ rootHash }) => overwritten?.kind === 'release' && rootHash === overwritten.rootHash && !kept.has(rootHash),
      )
      .map(reclaim('its slot is overwritten')),
    ...leftovers.map(({ path, bytes }) => ({ path, bytes, why: 'an interrupted write left it' })),
  ];
  const orphans = entries
    .filter(({ rootHash }) => rootHash !== undefined && !held.has(rootHash) && !kept.has(rootHash))
    .map(reclaim('no slot holds what it starts'));

  const needed = inClusters(bootImageBytes) + inClusters(loaderBytes) + DIRECTORY_CLUSTERS * esp.clusterBytes;
  const freeAfter = (reclaims: readonly Reclaim[]): number =>
    reclaims.reduce((sum, { bytes }) => sum + inClusters(bytes), esp.freeBytes);
  const reclaims = freeAfter(certain) >= needed ? certain : [...certain, ...orphans];

  const lacks = [
    missingSpace('the EFI system partition', 'esp-full', needed, freeAfter(reclaims)),
    esp.writable ? undefined : { code: 'esp-read-only', message: 'the EFI system partition cannot be written' },
    entries.some(({ rootHash }) => rootHash === running.rootHash)
      ? undefined
      : {
          code: 'way-back-missing',
          message: `no boot entry starts ${generationText(running)}, which runs: an update would have no way back`,
        },
  ].filter((objection) => objection !== undefined);
  return lacks.length === 0 ? { kind: 'fits', reclaims } : { kind: 'lacks', objections: lacks };
}
