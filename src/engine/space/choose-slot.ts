import type { DeviceState, Objection } from '../device-state.ts';
import type { DiskView, SlotView } from '../disk-view.ts';
import { type Generation, isSameGeneration } from '../generation.ts';
import { missingSpace } from './missing-space.ts';
import type { SpaceNeeds } from './space-needs.ts';

export type SlotChoice =
  | { readonly kind: 'slot'; readonly index: number }
  | { readonly kind: 'none'; readonly objections: readonly Objection[] };

/**
 * The slot that an update may overwrite, and that loses least by it. The slots of what runs and of what is proven are out of the question
 * (design.md §8); the way back is taken only when there is no other.
 */
export function chooseSlot(
  state: Pick<DeviceState, 'running' | 'proven' | 'wayBack' | 'quarantine'>,
  { slots, entries }: Pick<DiskView, 'slots' | 'entries'>,
  target: Generation,
  { imageBytes, treeBytes }: SpaceNeeds,
): SlotChoice {
  const free = slots.filter(
    (slot) => !slot.running && slot.index !== state.running.slot && slot.index !== state.proven.slot,
  );
  const fitting = free.filter((slot) => slot.dataBytes >= imageBytes && slot.treeBytes >= treeBytes);
  const [best] = fitting.toSorted((a, b) => loss(a) - loss(b));
  if (best !== undefined) return { kind: 'slot', index: best.index };
  const [widest] = free.toSorted((a, b) => b.dataBytes - a.dataBytes);
  if (widest === undefined) {
    const message = 'no slot is free: each holds the generation that runs or the one that is proven';
    return { kind: 'none', objections: [{ code: 'no-slot', message }] };
  }
  const lacks = [
    missingSpace(`slot ${widest.index}`, 'slot-too-small', imageBytes, widest.dataBytes),
    missingSpace(`the hash tree partition of slot ${widest.index}`, 'slot-too-small', treeBytes, widest.treeBytes),
  ];
  return { kind: 'none', objections: lacks.filter((objection) => objection !== undefined) };

  /** What overwriting a slot costs: nothing when it holds the target already, most when it is the way back. */
  function loss({ index, content }: SlotView): number {
    if (content.kind !== 'release') return LOSS[content.kind];
    if (isSameGeneration(content, target)) return LOSS.target;
    if (index === state.wayBack?.slot) return LOSS.wayBack;
    const useless = state.quarantine.some(({ generation }) => isSameGeneration(generation, content));
    const startable = entries.some(({ rootHash }) => rootHash === content.rootHash);
    return useless || !startable ? LOSS.useless : LOSS.other;
  }
}

const LOSS = { target: 0, empty: 1, unknown: 2, useless: 3, other: 4, wayBack: 5 } as const;
