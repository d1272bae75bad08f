import type { DiskView } from '../disk-view.ts';
import type { Reclaim } from './plan-esp.ts';
import type { SpaceNeeds } from './space-needs.ts';

/** What an update takes of a place, and what is there for it. */
export interface SpaceUse {
  /** `slot 1`, `ESP`, `/var`. */
  readonly place: string;
  readonly neededBytes: number;
  /** What goes before it counted as free. */
  readonly freeBytes: number;
}

/** The numbers of a plan that fits, for a person. */
export function spaceUse(
  { slots, esp }: Pick<DiskView, 'slots' | 'esp'>,
  { imageBytes, treeBytes, bootImageBytes, loaderBytes, scratchBytes }: SpaceNeeds,
  slot: number,
  reclaims: readonly Reclaim[],
  scratchFreeBytes: number,
): SpaceUse[] {
  const chosen = slots.find(({ index }) => index === slot);
  const reclaimed = reclaims.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    { place: `slot ${slot}`, neededBytes: imageBytes, freeBytes: chosen?.dataBytes ?? 0 },
    { place: `slot ${slot}, hash tree`, neededBytes: treeBytes, freeBytes: chosen?.treeBytes ?? 0 },
    { place: 'ESP', neededBytes: bootImageBytes + loaderBytes, freeBytes: esp.freeBytes + reclaimed },
    { place: '/var', neededBytes: scratchBytes, freeBytes: scratchFreeBytes },
  ];
}
