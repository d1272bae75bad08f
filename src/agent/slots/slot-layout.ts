import type { SlotContent } from '../../engine/disk-view.ts';
import { type ParsedPartitionTable, parsePartitionTable } from '../../formats/gpt/parse-table.ts';
import type { Partition } from '../../formats/gpt/partition-table.ts';
import { PARTITION_TYPE, ROOT_PARTITION_TYPE } from '../../formats/gpt/partition-types.ts';
import { EMPTY_LABEL, parseSlotLabel } from '../../formats/gpt/slot-label.ts';
import { uuidBytes } from '../../formats/uuid.ts';
import type { Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { BlockDevice } from './block-device.ts';

/** A partition with its index in the table. */
export type PlacedPartition = Partition & { readonly index: number };

/** Two partitions that hold a root image and its hash tree. */
export interface Slot {
  /** From 0, in the order of the table. */
  readonly index: number;
  readonly data: PlacedPartition;
  readonly tree: PlacedPartition;
  readonly content: SlotContent;
}

export interface SlotLayout {
  readonly parsed: ParsedPartitionTable;
  readonly esp: PlacedPartition;
  readonly slots: readonly Slot[];
}

/**
 * Reads the partition table: the n-th root partition and the n-th hash tree partition are a slot. Throws `partition-table-invalid`,
 * and `disk-unsupported` when it is no disk of Ashlar's.
 */
export function readSlotLayout(device: BlockDevice): SlotLayout {
  const parsed = parsePartitionTable((offset, bytes) => device.read(offset, bytes), device.size);
  const partitions = parsed.table.partitions.flatMap((partition, index) =>
    partition === undefined ? [] : [{ ...partition, index }],
  );
  const [esp, ...moreEsps] = partitions.filter(({ type }) => type === PARTITION_TYPE.esp);
  if (esp === undefined || moreEsps.length > 0) throw unsupported('it has no EFI system partition, or several');
  const types = Object.values(ROOT_PARTITION_TYPE);
  const data = partitions.filter(({ type }) => types.some(({ root }) => root === type));
  const trees = partitions.filter(({ type }) => types.some(({ verity }) => verity === type));
  if (data.length === 0 || data.length !== trees.length) {
    throw unsupported(`it has ${data.length} root partitions and ${trees.length} for hash trees, which are no pairs`);
  }
  const slots = data.map((partition, index): Slot => {
    const tree = trees[index]!;
    return { index, data: partition, tree, content: slotContent(partition, tree) };
  });
  return { parsed, esp, slots };
}

/** The slot at `index`. Throws `disk-unsupported` when there is none. */
export function slotAt({ slots }: SlotLayout, index: number): Slot {
  const slot = slots[index];
  if (slot === undefined) throw unsupported(`it has ${slots.length} slots, and none with the index ${index}`);
  return slot;
}

/** By labels and UUIDs: the two UUIDs are the halves of the root hash (UAPI Discoverable Partitions Specification). */
function slotContent(data: Partition, tree: Partition): SlotContent {
  if (data.label !== tree.label)
    return { kind: 'unknown', why: `its halves are called “${data.label}” and “${tree.label}”` };
  if (data.label === EMPTY_LABEL) return { kind: 'empty' };
  const release = parseSlotLabel(data.label);
  if (release === undefined) return { kind: 'unknown', why: `it is called “${data.label}”` };
  const rootHash = Buffer.concat([uuidBytes(data.uuid), uuidBytes(tree.uuid)]).toString('hex') as Sha256;
  return { kind: 'release', ...release, rootHash };
}

function unsupported(why: string): AshlarError {
  return new AshlarError('disk-unsupported', `The disk cannot be updated: ${why}.`, {
    hint: 'Updates need the disk that `ashlar image` made of a release, with its layout unchanged.',
  });
}
