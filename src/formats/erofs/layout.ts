import { type BlockSpace, createBlockSpace } from './block-space.ts';
import { BLOCK_BYTES, SLOT_BYTES } from './on-disk.ts';
import type { Placement } from './placement.ts';
import { createSlotSpace, FRESH_WINDOW, type MetadataExtent, type SlotSpace } from './slot-space.ts';

/** An inode or a shared xattr, which wants a place in the metadata. */
export interface MetadataDemand extends MetadataExtent {
  /** Names it in this image and the next: `inode:` and its path, or `xattr:` and its bytes. */
  readonly key: string;
  /** The key of its data, when it has blocks. */
  readonly data?: string | undefined;
}

/** Blocks of data, wanted once however many inodes share them. */
export interface DataDemand {
  readonly key: string;
  readonly blocks: number;
}

/** What a layout decides. */
export interface Layout extends Placement {
  /** Blocks of the image. */
  readonly blocks: number;
  /** Of these, blocks that nothing uses. */
  readonly unusedBlocks: number;
}

/** When more than this share of blocks would be unused, what lies furthest behind moves into the gaps. */
const MOST_UNUSED = 1 / 8;

/**
 * Gives each demand its place. Metadata comes first, in the order given, then data in theirs. With `previous`, what is still there
 * stays where it was; what is new goes into what has become free, then to the end.
 *
 * The first of `metadata` is the root, which lies at `rootPosition`: its number has to fit 16 bits.
 */
export function layOut(
  rootPosition: number,
  metadata: readonly MetadataDemand[],
  data: readonly DataDemand[],
  previous?: Placement,
): Layout {
  const kept = layOutFrom(rootPosition, metadata, data, previous, Number.POSITIVE_INFINITY);
  if (previous === undefined || kept.unusedBlocks <= kept.blocks * MOST_UNUSED) return kept;
  const used = kept.blocks - kept.unusedBlocks;
  return layOutFrom(rootPosition, metadata, data, previous, Math.ceil(used / (1 - MOST_UNUSED)));
}

/** Keeps to `previous` what lies before the block `keepBefore`. */
function layOutFrom(
  rootPosition: number,
  metadata: readonly MetadataDemand[],
  data: readonly DataDemand[],
  previous: Placement | undefined,
  keepBefore: number,
): Layout {
  const blocks = createBlockSpace();
  const slots = createSlotSpace(blocks, previous === undefined ? FRESH_WINDOW : Number.POSITIVE_INFINITY);
  const root = metadata[0]!;
  slots.claim(0, rootPosition + root.headBytes + root.tailBytes);
  const positions = new Map([[root.key, rootPosition]]);
  const addresses = new Map<string, number>();
  if (previous !== undefined) {
    keepMetadata(slots, metadata, previous, keepBefore, positions);
    keepData(blocks, data, metadata, previous, keepBefore, addresses);
  }
  for (const demand of metadata) {
    if (!positions.has(demand.key)) positions.set(demand.key, slots.place(demand));
  }
  for (const demand of data) {
    if (!addresses.has(demand.key)) addresses.set(demand.key, blocks.allocate(demand.blocks));
  }
  return {
    blocks: blocks.end(),
    unusedBlocks: blocks.gaps(),
    metadata: new Map(
      metadata.map((demand) => [
        demand.key,
        { position: positions.get(demand.key)!, bytes: demand.headBytes + demand.tailBytes },
      ]),
    ),
    data: new Map(data.map(({ key, blocks }) => [key, { block: addresses.get(key)!, blocks }])),
    dataOf: new Map(metadata.flatMap(({ key, data }) => (data === undefined ? [] : [[key, data] as const]))),
  };
}

/** Those that have not grown keep their place; then those that have, where the room behind them is free. */
function keepMetadata(
  slots: SlotSpace,
  metadata: readonly MetadataDemand[],
  previous: Placement,
  keepBefore: number,
  positions: Map<string, number>,
): void {
  const grown: MetadataDemand[] = [];
  const tryAt = (demand: MetadataDemand, position: number): void => {
    if (!mayLieAt(demand, position) || position >= keepBefore * BLOCK_BYTES) return;
    if (slots.claim(position, demand.headBytes + demand.tailBytes)) positions.set(demand.key, position);
  };
  for (const demand of metadata) {
    const old = previous.metadata.get(demand.key);
    if (old === undefined || positions.has(demand.key)) continue;
    if (slotsOf(demand.headBytes + demand.tailBytes) > slotsOf(old.bytes)) grown.push(demand);
    else tryAt(demand, old.position);
  }
  for (const demand of grown) tryAt(demand, previous.metadata.get(demand.key)!.position);
}

function slotsOf(bytes: number): number {
  return Math.ceil(bytes / SLOT_BYTES);
}

function mayLieAt({ headBytes, tailBytes }: MetadataExtent, position: number): boolean {
  const offset = position % BLOCK_BYTES;
  const bytes = headBytes + tailBytes;
  // What fits a block is kept in one: the kernel wants it of symbolic links.
  if (bytes <= BLOCK_BYTES) return offset + bytes <= BLOCK_BYTES;
  return ((offset + headBytes) % BLOCK_BYTES) + tailBytes <= BLOCK_BYTES;
}

/** Equal contents stay; changed ones prefer the place of the file's old contents, whose beginning is often the same. */
function keepData(
  blocks: BlockSpace,
  data: readonly DataDemand[],
  metadata: readonly MetadataDemand[],
  previous: Placement,
  keepBefore: number,
  addresses: Map<string, number>,
): void {
  const oldDataOf = new Map<string, string>();
  for (const { key, data } of metadata) {
    const old = previous.dataOf.get(key);
    if (data !== undefined && old !== undefined) oldDataOf.set(data, old);
  }
  const claim = (block: number, count: number): boolean => block + count <= keepBefore && blocks.claim(block, count);
  const changed: DataDemand[] = [];
  for (const demand of data) {
    const old = previous.data.get(demand.key);
    if (old !== undefined && old.blocks === demand.blocks && claim(old.block, old.blocks)) {
      addresses.set(demand.key, old.block);
    } else {
      changed.push(demand);
    }
  }
  for (const demand of changed) {
    const old = previous.data.get(oldDataOf.get(demand.key) ?? '');
    if (old !== undefined && claim(old.block, demand.blocks)) addresses.set(demand.key, old.block);
  }
}
