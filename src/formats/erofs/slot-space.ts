import type { BlockSpace } from './block-space.ts';
import { BLOCK_BYTES, SLOT_BYTES } from './on-disk.ts';

const SLOTS_PER_BLOCK = BLOCK_BYTES / SLOT_BYTES;

/** Something of the metadata: `headBytes`, then a tail that must not cross a block boundary. */
export interface MetadataExtent {
  readonly headBytes: number;
  readonly tailBytes: number;
}

/** Where metadata may lie: blocks taken from a {@link BlockSpace}, divided into slots of 32 bytes. */
export interface SlotSpace {
  /** Takes `[position, position + bytes)` when it is free: in blocks of metadata, or in blocks that nothing has taken. */
  claim(position: number, bytes: number): boolean;
  /** Finds a place for `extent` and returns its position. What fits one block is kept in one. */
  place(extent: MetadataExtent): number;
}

/**
 * How many of the blocks begun last are looked at for a place. In a fresh layout a small number keeps what is listed together
 * together (64 blocks: 1 % of the metadata unused); into a layout that stays, new things go wherever there is room.
 */
export const FRESH_WINDOW = 64;

export function createSlotSpace(blocks: BlockSpace, window: number): SlotSpace {
  // Blocks of metadata that have free slots: 1 is taken. In the order of their beginning.
  const open = new Map<number, Uint8Array>();
  const known = new Set<number>();

  const begin = (block: number): void => {
    open.set(block, new Uint8Array(SLOTS_PER_BLOCK));
    known.add(block);
  };
  const take = (position: number, bytes: number): void => {
    const end = Math.ceil((position + bytes) / SLOT_BYTES);
    for (let slot = position / SLOT_BYTES; slot < end; slot++) {
      open.get(Math.floor(slot / SLOTS_PER_BLOCK))?.fill(1, slot % SLOTS_PER_BLOCK, (slot % SLOTS_PER_BLOCK) + 1);
    }
  };
  const closeFull = (block: number): void => {
    if (open.get(block)?.every((slot) => slot === 1)) open.delete(block);
  };
  const isFree = (position: number, bytes: number): boolean => {
    const end = Math.ceil((position + bytes) / SLOT_BYTES);
    for (let slot = position / SLOT_BYTES; slot < end; slot++) {
      const block = Math.floor(slot / SLOTS_PER_BLOCK);
      if (known.has(block) && open.get(block)?.[slot % SLOTS_PER_BLOCK] !== 0) return false;
    }
    return true;
  };

  const claim = (position: number, bytes: number): boolean => {
    if (position % SLOT_BYTES !== 0 || bytes <= 0 || !isFree(position, bytes)) return false;
    const first = Math.floor(position / BLOCK_BYTES);
    const last = Math.floor((position + bytes - 1) / BLOCK_BYTES);
    for (let block = first; block <= last; block++) {
      if (known.has(block)) continue;
      // Blocks claimed before a refusal stay metadata: they are open to others.
      if (!blocks.claim(block, 1)) return false;
      begin(block);
    }
    take(position, bytes);
    for (let block = first; block <= last; block++) closeFull(block);
    return true;
  };

  const placeSmall = (bytes: number): number => {
    const slots = Math.ceil(bytes / SLOT_BYTES);
    let best: { block: number; slot: number; length: number } | undefined;
    const candidates = [...open.keys()].slice(-window);
    for (const block of candidates) {
      const found = smallestRun(open.get(block)!, slots);
      if (found !== undefined && (best === undefined || found.length < best.length)) best = { block, ...found };
      if (best?.length === slots) break;
    }
    if (best === undefined) {
      const block = blocks.allocate(1);
      begin(block);
      best = { block, slot: 0, length: SLOTS_PER_BLOCK };
    }
    const position = best.block * BLOCK_BYTES + best.slot * SLOT_BYTES;
    take(position, bytes);
    closeFull(best.block);
    return position;
  };

  const placeLarge = ({ headBytes, tailBytes }: MetadataExtent): number => {
    const headEnd = headBytes % BLOCK_BYTES;
    // Shifted so that the tail begins right behind a block boundary, when it would cross one otherwise.
    const shift = headEnd + tailBytes <= BLOCK_BYTES ? 0 : Math.ceil((BLOCK_BYTES - headEnd) / SLOT_BYTES) * SLOT_BYTES;
    const bytes = headBytes + tailBytes;
    const count = Math.ceil((shift + bytes) / BLOCK_BYTES);
    const first = blocks.allocate(count);
    for (let block = first; block < first + count; block++) begin(block);
    take(first * BLOCK_BYTES + shift, bytes);
    for (let block = first; block < first + count; block++) closeFull(block);
    return first * BLOCK_BYTES + shift;
  };

  return {
    claim,
    place: (extent) => {
      const bytes = extent.headBytes + extent.tailBytes;
      return bytes <= BLOCK_BYTES ? placeSmall(bytes) : placeLarge(extent);
    },
  };
}

/** The shortest free run of at least `slots` slots. */
function smallestRun(taken: Uint8Array, slots: number): { slot: number; length: number } | undefined {
  let best: { slot: number; length: number } | undefined;
  for (let slot = taken.indexOf(0); slot !== -1; ) {
    const next = taken.indexOf(1, slot);
    const end = next === -1 ? taken.length : next;
    const length = end - slot;
    if (length >= slots && (best === undefined || length < best.length)) best = { slot, length };
    slot = taken.indexOf(0, end);
    if (end === taken.length) break;
  }
  return best;
}
