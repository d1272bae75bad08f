import { PARTITION_ATTRIBUTE, type PartitionTable } from '../../formats/gpt/partition-table.ts';
import { PARTITION_TYPE, ROOT_PARTITION_TYPE } from '../../formats/gpt/partition-types.ts';
import { placePartitions, type UnplacedPartition } from '../../formats/gpt/place-partitions.ts';
import { EMPTY_LABEL, slotLabel } from '../../formats/gpt/slot-label.ts';
import { uuid } from '../../formats/uuid.ts';
import { AshlarError } from '../../model/error.ts';
import { exactBytes } from '../../model/format-bytes.ts';
import type { Manifest } from '../../model/manifest.ts';
import { derivedUuid } from './derived-uuid.ts';

const MEBIBYTE = 1024 ** 2;

/** Where a release's disk has what. Partition numbers are indexes plus one. */
export interface DiskLayout {
  readonly table: PartitionTable;
  /** Index of the EFI system partition, of the first slot and of its hash tree in the table. */
  readonly esp: 0;
  readonly root: 1;
  readonly tree: 2;
}

/**
 * The partition table of a new disk that holds `manifest`'s release in its first slot (design.md, “Disk”): the EFI system partition,
 * then slots of data and hash tree. The room behind them is for /var, which the first start makes. Everything in it follows from the
 * release, so that the same release gives the same disk.
 *
 * @param diskSize in bytes; the smallest that has room for /var when absent. Rounded down to whole MiB.
 * Throws `image-larger-than-slot`, `disk-too-small`.
 */
export function diskLayout(manifest: Manifest, diskSize?: number): DiskLayout {
  checkSlot(manifest);
  const { disk, root, architecture } = manifest;
  const type = ROOT_PARTITION_TYPE[architecture];
  const label = slotLabel(manifest);
  const readOnly = PARTITION_ATTRIBUTE.readOnly;
  const unplaced: UnplacedPartition[] = [
    {
      type: PARTITION_TYPE.esp,
      uuid: derivedUuid(root.hash, 'esp'),
      label: 'esp',
      size: disk.espBytes,
      attributes: 0n,
    },
    { type: type.root, uuid: uuid(root.dataUuid), label, size: disk.slotBytes, attributes: readOnly },
    { type: type.verity, uuid: uuid(root.verityUuid), label, size: disk.treeBytes, attributes: readOnly },
  ];
  for (let slot = 1; slot < disk.slots; slot++) {
    const empty = { label: EMPTY_LABEL, attributes: readOnly };
    unplaced.push({ ...empty, type: type.root, uuid: derivedUuid(root.hash, `slot ${slot}`), size: disk.slotBytes });
    unplaced.push({
      ...empty,
      type: type.verity,
      uuid: derivedUuid(root.hash, `slot ${slot} tree`),
      size: disk.treeBytes,
    });
  }
  const placed = placePartitions(unplaced);
  const smallest = placed.diskSize + Math.ceil(disk.varBytes / MEBIBYTE) * MEBIBYTE;
  const size = diskSize === undefined ? smallest : Math.floor(diskSize / MEBIBYTE) * MEBIBYTE;
  if (size < smallest) {
    throw new AshlarError(
      'disk-too-small',
      `A disk of ${exactBytes(diskSize ?? size)} is too small: ESP, ${disk.slots} slots and /var need ${exactBytes(smallest)}.`,
      { hint: `Make the disk at least ${smallest / MEBIBYTE}M, or disk.slotSize and disk.var.minSize smaller.` },
    );
  }
  const table = {
    diskUuid: derivedUuid(root.hash, 'disk'),
    diskSize: size,
    partitions: placed.partitions,
  };
  return { table, esp: 0, root: 1, tree: 2 };
}

function checkSlot({ root, disk, requirements }: Manifest): void {
  const parts = [
    { what: 'root image', size: Math.max(root.image.size, requirements.slotBytes), room: disk.slotBytes },
    { what: 'hash tree', size: Math.max(root.tree.size, requirements.treeBytes), room: disk.treeBytes },
  ];
  for (const { what, size, room } of parts) {
    if (size <= room) continue;
    throw new AshlarError(
      'image-larger-than-slot',
      `The ${what} has ${exactBytes(size)}, and its partition ${exactBytes(room)}: ${exactBytes(size - room)} too many.`,
      { hint: 'Make disk.slotSize in the definition larger (only new disks get it), or the system smaller.' },
    );
  }
}
