import { installEntry } from '../../src/agent/slots/install-entry.ts';
import type { SlotDisk } from '../../src/agent/slots/slot-disk.ts';
import type { Generation } from '../../src/engine/generation.ts';
import { LONG_UNITS } from '../../src/formats/fat/directory-entry.ts';
import { writeFat32 } from '../../src/formats/fat/write-fat32.ts';
import { encodePartitionTable } from '../../src/formats/gpt/encode-table.ts';
import { PARTITION_ATTRIBUTE } from '../../src/formats/gpt/partition-table.ts';
import { PARTITION_TYPE, ROOT_PARTITION_TYPE } from '../../src/formats/gpt/partition-types.ts';
import { partitionUuidsFromRootHash } from '../../src/formats/gpt/partition-uuids.ts';
import { placePartitions } from '../../src/formats/gpt/place-partitions.ts';
import { EMPTY_LABEL, slotLabel } from '../../src/formats/gpt/slot-label.ts';
import { buildUki } from '../../src/formats/pe/build-uki.ts';
import { samplePe } from '../../src/formats/pe/sample-pe.fixture.ts';
import { type Uuid, uuid } from '../../src/formats/uuid.ts';
import { buildVerityTree } from '../../src/formats/verity/build-tree.ts';
import { type Sha256, sha256 } from '../../src/model/digest.ts';
import { randomFrom } from '../../src/model/random.ts';
import type { KnownBytes } from './boot-oracle.ts';
import { collectSectors, type Sectors } from './model-disk.ts';

/** A release whose formats are real and whose contents mean nothing. */
export interface ModelRelease extends Generation {
  readonly salt: string;
  readonly image: Buffer;
  readonly tree: Buffer;
  readonly uki: Buffer;
}

const MIB = 1 << 20;
/** The smallest whose clusters have 4 KiB, as those of real ones: 65,541 clusters and what lies around them. */
const ESP_BYTES = 264 * MIB;
const IMAGE_BLOCKS = 12;
const INITRD_BYTES = 20_000;
const LOADER_BYTES = 9_000;

/** The release `name` `version`, the same at every call; its initrd is its own unless given. */
export function modelRelease(
  version: string,
  name = 'sample',
  initrd: Buffer = bytesOf(`initrd ${version}`, INITRD_BYTES),
): ModelRelease {
  const image = bytesOf(`image ${version}`, IMAGE_BLOCKS * 4096);
  // The first half is what all versions share.
  bytesOf('image', image.length / 2).copy(image);
  const salt = Buffer.alloc(32, 0x5a);
  const { tree, rootHash } = buildVerityTree(image, { salt, uuid: uuid('00000000-0000-0000-0000-000000000001') });
  const sbat = Buffer.from('sbat,1,SBAT Version,sbat,1,https://example.org\nsystemd-stub,1,systemd\n\0');
  const uki = buildUki({
    stub: samplePe({ sections: [{ name: '.sbat', content: sbat }] }),
    linux: samplePe({ sections: [{ name: '.text', content: bytesOf(`kernel ${version}`, 400) }] }),
    initrd,
    osRelease: `ID=debian\nIMAGE_ID="${name}"\nIMAGE_VERSION="${version}"\n`,
    commandLine: `roothash=${rootHash} gpt quiet`,
    kernelRelease: '6.12.0',
  });
  return { name, version, rootHash, salt: salt.toString('hex'), image, tree, uki };
}

/** What lies on a model's disk at first. */
export interface ModelMachine {
  readonly size: number;
  readonly sectors: Sectors;
  readonly esp: { readonly start: number; readonly size: number };
  readonly known: KnownBytes;
}

/** A slot and the file names of its boot entries. */
export type ModelSlot = { readonly release: ModelRelease; readonly entry: string } | 'empty';

/**
 * A disk with these slots; `releases` are all that the oracle is to know.
 *
 * @param padding how many directory entries lie before those of the boot images: it decides which names span two sectors. 2 or more.
 */
export function modelMachine(
  slots: readonly ModelSlot[],
  releases: readonly ModelRelease[],
  padding: number,
): ModelMachine {
  const type = ROOT_PARTITION_TYPE.amd64;
  const id = (n: number): Uuid => uuid(`e0e0e0e0-0000-4000-8000-${String(n).padStart(12, '0')}`);
  const placed = placePartitions([
    { type: PARTITION_TYPE.esp, uuid: id(1), label: 'esp', size: ESP_BYTES, attributes: 0n },
    ...slots.flatMap((slot, index) => {
      const label = slot === 'empty' ? EMPTY_LABEL : slotLabel(slot.release);
      const uuids =
        slot === 'empty'
          ? { root: id(10 + 2 * index), verity: id(11 + 2 * index) }
          : partitionUuidsFromRootHash(slot.release.rootHash);
      const attributes = PARTITION_ATTRIBUTE.readOnly;
      return [
        { type: type.root, uuid: uuids.root, label, size: MIB, attributes },
        { type: type.verity, uuid: uuids.verity, label, size: MIB, attributes },
      ];
    }),
    { type: PARTITION_TYPE.var, uuid: id(2), label: 'var', size: MIB, attributes: 0n },
  ]);
  const { sectors, put } = collectSectors();
  const table = encodePartitionTable({ diskUuid: id(3), diskSize: placed.diskSize, partitions: placed.partitions });
  for (const { offset, bytes } of Object.values(table)) put(offset, bytes);
  const loader = bytesOf('loader', LOADER_BYTES);
  const files = [
    { path: 'EFI/BOOT/BOOTX64.EFI', content: loader },
    { path: 'EFI/systemd/systemd-bootx64.efi', content: loader },
    { path: 'loader/loader.conf', content: Buffer.from('timeout 0\n') },
    ...slots.flatMap((slot) =>
      slot === 'empty' ? [] : [{ path: `EFI/Linux/${slot.entry}`, content: slot.release.uki }],
    ),
    // A name of so many parts, and the short entry.
    { path: `EFI/Linux/${'a'.repeat((padding - 1) * LONG_UNITS)}`, content: Buffer.from('of another system') },
    // Moves the free clusters on, so that the chain of the next file spans two sectors of the FAT.
    { path: 'filler', content: Buffer.alloc(98 * 4096) },
  ];
  const esp = placed.partitions[0]!;
  writeFat32({ size: esp.size, mtime: 1_700_000_000, files, label: 'ESP', volumeId: 1 }, (offset, bytes) =>
    put(esp.start + offset, bytes),
  );
  for (const [index, slot] of slots.entries()) {
    if (slot === 'empty') continue;
    put(placed.partitions[1 + 2 * index]!.start, slot.release.image);
    put(placed.partitions[2 + 2 * index]!.start, slot.release.tree);
  }
  const bootImages = new Map(
    releases.map(({ uki, rootHash, image, tree }) => [
      sha256(uki),
      { rootHash, imageBytes: image.length, treeBytes: tree.length },
    ]),
  );
  return {
    size: placed.diskSize,
    sectors,
    esp: { start: esp.start, size: esp.size },
    known: { loaders: new Set<Sha256>([sha256(loader)]), bootImages },
  };
}

/** Gives the release three tries, as an update does. */
export async function arm(disk: SlotDisk, release: ModelRelease, tries: number): Promise<void> {
  const { uki } = release;
  await installEntry(disk, release, tries, { size: uki.length, sha256: sha256(uki), content: () => [uki] });
}

/** Bytes without pattern that follow from `seed` alone. */
function bytesOf(seed: string, length: number): Buffer {
  const random = randomFrom(Number.parseInt(sha256(seed).slice(0, 8), 16));
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}
