import type { DeviceState, Objection } from '../device-state.ts';
import type { DiskView } from '../disk-view.ts';
import type { Generation } from '../generation.ts';
import { chooseSlot } from './choose-slot.ts';
import { missingSpace } from './missing-space.ts';
import { planEsp, type Reclaim } from './plan-esp.ts';
import type { SpaceNeeds } from './space-needs.ts';

/** /var is never filled to the brim by an update: journals and services write there as well. */
export const SCRATCH_RESERVE_BYTES = 16 << 20;

export interface SpaceInput {
  readonly state: Pick<DeviceState, 'running' | 'proven' | 'wayBack' | 'quarantine'>;
  readonly view: DiskView;
  readonly target: Generation;
  readonly needs: SpaceNeeds;
  /** Free in /var, with what lies there of this release already counted as free. */
  readonly scratchFreeBytes: number;
}

/** Where the release goes and what has to go for it, or all that it lacks. */
export type SpacePlan =
  | { readonly kind: 'fits'; readonly slot: number; readonly reclaims: readonly Reclaim[] }
  | { readonly kind: 'lacks'; readonly objections: readonly Objection[] };

/**
 * Proves, before anything is written, that slot, ESP and /var have room for the new generation, and that what runs now stays
 * startable as the way back from it. Says the numbers of everything that does not fit, all at once.
 */
export function planSpace({ state, view, target, needs, scratchFreeBytes }: SpaceInput): SpacePlan {
  const slot = chooseSlot(state, view, target, needs);
  const esp = planEsp(state, view, needs, slot.kind === 'slot' ? slot.index : undefined);
  const scratch = missingSpace('/var', 'scratch-full', needs.scratchBytes + SCRATCH_RESERVE_BYTES, scratchFreeBytes);
  const objections = [
    ...(slot.kind === 'none' ? slot.objections : []),
    ...(esp.kind === 'lacks' ? esp.objections : []),
    ...(scratch === undefined ? [] : [scratch]),
  ];
  if (slot.kind === 'none' || esp.kind === 'lacks' || scratch !== undefined) return { kind: 'lacks', objections };
  return { kind: 'fits', slot: slot.index, reclaims: esp.reclaims };
}
