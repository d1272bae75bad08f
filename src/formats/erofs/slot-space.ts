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
 * How many blocks may have room at a time: beyond that, the one begun first is closed. In a fresh layout a small number keeps what is
 * listed together together (64 blocks: 1 % of the metadata unused); into a layout that stays, new things go wherever there is room.
 */
export const FRESH_WINDOW = 64;

export function createSlotSpace(blocks: BlockSpace, window: number): SlotSpace {
  // Blocks of metadata that have room, in the order of their beginning.
  const open = new Map<number, OpenBlock>();
  const known = new Set<number>();

  const begin = (block: number): void => {
    open.set(block, { taken: new Uint8Array(SLOTS_PER_BLOCK), longestRun: SLOTS_PER_BLOCK });
    known.add(block);
  };
  const refresh = (block: number): void => {
    const state = open.get(block);
    if (state === undefined) return;
    state.longestRun = longestRun(state.taken);
    if (state.longestRun === 0) open.delete(block);
  };
  const closeOldest = (): void => {
    for (const block of open.keys()) {
      if (open.size <= window) return;
      open.delete(block);
    }
  };
  const take = (position: number, bytes: number): void => {
    const end = Math.ceil((position + bytes) / SLOT_BYTES);
    const first = Math.floor(position / BLOCK_BYTES);
    const last = Math.floor((position + bytes - 1) / BLOCK_BYTES);
    for (let block = first; block <= last; block++) {
      const base = block * SLOTS_PER_BLOCK;
      open.get(block)?.taken.fill(1, Math.max(position / SLOT_BYTES - base, 0), Math.min(end - base, SLOTS_PER_BLOCK));
      refresh(block);
    }
  };
  const isFree = (position: number, bytes: number): boolean => {
    const end = Math.ceil((position + bytes) / SLOT_BYTES);
    for (let slot = position / SLOT_BYTES; slot < end; slot++) {
      const block = Math.floor(slot / SLOTS_PER_BLOCK);
      if (known.has(block) && open.get(block)?.taken[slot % SLOTS_PER_BLOCK] !== 0) return false;
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
    return true;
  };

  const placeSmall = (bytes: number): number => {
    const slots = Math.ceil(bytes / SLOT_BYTES);
    let best: { block: number; slot: number; length: number } | undefined;
    for (const [block, { taken, longestRun }] of open) {
      if (longestRun < slots) continue;
      const found = shortestRun(taken, slots);
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
    closeOldest();
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
    closeOldest();
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

interface OpenBlock {
  /** One byte a slot: 1 when it is taken. */
  readonly taken: Uint8Array;
  longestRun: number;
}

/** The free runs of a block, first to last. */
function* freeRuns(taken: Uint8Array): Generator<{ readonly slot: number; readonly length: number }> {
  for (let slot = taken.indexOf(0); slot !== -1; ) {
    const next = taken.indexOf(1, slot);
    const end = next === -1 ? taken.length : next;
    yield { slot, length: end - slot };
    slot = next === -1 ? -1 : taken.indexOf(0, end);
  }
}

function longestRun(taken: Uint8Array): number {
  let longest = 0;
  for (const { length } of freeRuns(taken)) longest = Math.max(longest, length);
  return longest;
}

/** The shortest free run of at least `slots` slots. */
function shortestRun(taken: Uint8Array, slots: number): { readonly slot: number; readonly length: number } | undefined {
  let best: { readonly slot: number; readonly length: number } | undefined;
  for (const run of freeRuns(taken)) {
    if (run.length >= slots && (best === undefined || run.length < best.length)) best = run;
  }
  return best;
}
