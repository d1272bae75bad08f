import { crc32 } from 'node:zlib';
import type { BlockDevice } from '../../src/agent/slots/block-device.ts';
import { parseBootEntry } from '../../src/formats/boot-entry.ts';
import { parseBootSector } from '../../src/formats/fat/boot-sector.ts';
import { FAT_ENTRY_BYTES, FIRST_CLUSTER } from '../../src/formats/fat/geometry.ts';
import { type DirectoryRecord, parseDirectory } from '../../src/formats/fat/parse-directory.ts';
import { PARTITION_TYPE } from '../../src/formats/gpt/partition-types.ts';
import { partitionUuidsFromRootHash } from '../../src/formats/gpt/partition-uuids.ts';
import { compareLoaderEntries, type LoaderEntry } from '../../src/formats/loader-order.ts';
import { bootImageIdentity } from '../../src/formats/pe/boot-image-identity.ts';
import { readAtOf } from '../../src/formats/read-at.ts';
import { swapGuid, type Uuid, uuidFromBytes } from '../../src/formats/uuid.ts';
import { verifyVerity } from '../../src/formats/verity/verify-tree.ts';
import { type Sha256, sha256 } from '../../src/model/digest.ts';

/** What a machine with this disk does when it is switched on. */
export type BootOutcome =
  | {
      readonly kind: 'boots';
      readonly rootHash: Sha256;
      /** Of the entry, before the loader counted it. */
      readonly file: string;
      /** What the loader renames it to; undefined when it does not count. */
      readonly countedAs: string | undefined;
    }
  /** The first thing that is started does not come up: whether the loader has another is not asked. */
  | { readonly kind: 'fails'; readonly file: string | undefined; readonly why: string };

/** What the oracle knows of releases: boot images and roots are told by their bytes alone. */
export interface KnownBytes {
  /** SHA-256 of every loader that starts. */
  readonly loaders: ReadonlySet<Sha256>;
  /** Every boot image, by SHA-256, with sizes of the image that it opens. */
  readonly bootImages: ReadonlyMap<
    Sha256,
    { readonly rootHash: Sha256; readonly imageBytes: number; readonly treeBytes: number }
  >;
}

const SECTOR = 512;
const LOADER = 'EFI/BOOT/BOOTX64.EFI';
const ENTRIES = 'EFI/Linux';

/**
 * What boots, by the rules of those who decide it. It shares with the code that it judges how single structures are read, and no decision.
 * `test/machine/crash-states.test.ts` holds it against real firmware, loader and kernel.
 *
 * @param loaders what firmware tries, in this order: the programs of its boot order, and last the one that it starts without being told.
 *
 * - Firmware and kernel take the primary partition table when its checksums hold, else the backup: EDK2,
 *   MdeModulePkg/Universal/Disk/PartitionDxe/Gpt.c; Linux, block/partitions/efi.c, `find_valid_gpt` with `gpt` on the command line.
 * - Firmware reads directories by long names whose checksum fits the short one, else by the short one, and follows the first FAT: EDK2,
 *   FatPkg/EnhancedFatDxe/DirectoryManage.c, FileSpace.c.
 * - The loader lists what ends in `.efi` and has `.osrel`, and starts the first: systemd 257, src/boot/boot.c.
 * - The initrd wants the two partitions, each once, and dm-verity every block: src/build/assemble/boot/init.sh.
 */
export function bootOutcome(disk: BlockDevice, known: KnownBytes, loaders: readonly string[] = [LOADER]): BootOutcome {
  const fails = (why: string, file?: string): BootOutcome => ({ kind: 'fails', file, why });
  const partitions = readPartitions(disk);
  if (partitions === undefined) return fails('no copy of the partition table is valid');
  const esp = partitions.find(({ type }) => type === PARTITION_TYPE.esp);
  if (esp === undefined) return fails('there is no ESP');
  const firmware = new FirmwareFat(
    disk.read(esp.start, esp.size > SECTOR ? SECTOR : esp.size),
    (offset, bytes) => disk.read(esp.start + offset, bytes),
    esp.size,
  );
  const loader = loaders.map((path) => firmware.read(path)).find((bytes) => bytes !== undefined && bytes.length > 0);
  if (loader === undefined || !known.loaders.has(sha256(loader))) return fails('the loader is damaged');

  const chosen = listEntries(firmware).sort(compareLoaderEntries)[0];
  if (chosen === undefined) return fails('the loader finds no entry');
  const image = firmware.read(`${ENTRIES}/${chosen.file}`);
  const opened = image === undefined ? undefined : known.bootImages.get(sha256(image));
  if (opened === undefined) return fails('the boot image is damaged', chosen.file);

  const { root, verity } = partitionUuidsFromRootHash(opened.rootHash);
  const data = partitions.filter(({ uuid }) => uuid === root);
  const tree = partitions.filter(({ uuid }) => uuid === verity);
  if (data.length !== 1 || tree.length !== 1)
    return fails('the initrd does not find one partition for each UUID', chosen.file);
  const refused = verifyVerity(
    disk.read(data[0]!.start, opened.imageBytes),
    disk.read(tree[0]!.start, opened.treeBytes),
    opened.rootHash,
  );
  if (refused.length > 0) return fails('dm-verity refuses the root', chosen.file);
  return { kind: 'boots', rootHash: opened.rootHash, file: chosen.file, countedAs: counted(chosen) };
}

/** `boot_entry_bump_counters`: one try less, one start more; nothing below zero. */
function counted({ file, tries }: LoaderEntry): string | undefined {
  if (tries === undefined) return undefined;
  return file.replace(/\+[^+]*\.efi$/i, `+${Math.max(0, tries.left - 1)}-${tries.done + 1}.efi`);
}

function listEntries(firmware: FirmwareFat): LoaderEntry[] {
  return firmware.list(ENTRIES).flatMap((file): LoaderEntry[] => {
    if (!/\.efi$/i.test(file) || file.startsWith('.') || file.startsWith('auto-')) return [];
    const bytes = firmware.read(`${ENTRIES}/${file}`);
    // Sections are read one by one: a file of which only the end is missing is listed all the same.
    const beginning = bytes ?? firmware.readBeginning(`${ENTRIES}/${file}`);
    if (beginning.length === 0) return [];
    const identity = identityOf(beginning, firmware.sizeOf(`${ENTRIES}/${file}`));
    return identity === undefined
      ? []
      : [{ file, name: identity.name ?? '', version: identity.version ?? '', tries: parseBootEntry(file)?.tries }];
  });
}

function identityOf(bytes: Buffer, size: number): ReturnType<typeof bootImageIdentity> {
  try {
    return bootImageIdentity(readAtOf(bytes), Math.max(size, bytes.length));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

interface KernelPartition {
  readonly type: Uuid;
  readonly uuid: Uuid;
  readonly start: number;
  readonly size: number;
}

/** `find_valid_gpt`: the primary at sector 1; else the backup, in the last sector. */
function readPartitions(disk: BlockDevice): KernelPartition[] | undefined {
  const last = disk.size / SECTOR - 1;
  return readTable(disk, 1, last) ?? readTable(disk, last, last);
}

/** `is_gpt_valid`, check for check. */
function readTable(disk: BlockDevice, lba: number, last: number): KernelPartition[] | undefined {
  const header = disk.read(lba * SECTOR, SECTOR);
  const size = header.readUInt32LE(12);
  if (header.toString('latin1', 0, 8) !== 'EFI PART' || size < 92 || size > SECTOR) return undefined;
  const summed = Buffer.from(header.subarray(0, size));
  summed.writeUInt32LE(0, 16);
  if (crc32(summed) !== header.readUInt32LE(16) || Number(header.readBigUInt64LE(24)) !== lba) return undefined;
  const usable = [Number(header.readBigUInt64LE(40)), Number(header.readBigUInt64LE(48))] as const;
  if (usable[0] > last || usable[1] > last || usable[1] < usable[0]) return undefined;
  const [entriesAt, count] = [Number(header.readBigUInt64LE(72)), header.readUInt32LE(80)];
  if (header.readUInt32LE(84) !== 128 || count * 128 > 1 << 20) return undefined;
  const entries = disk.read(entriesAt * SECTOR, Math.ceil((count * 128) / SECTOR) * SECTOR).subarray(0, count * 128);
  if (crc32(entries) !== header.readUInt32LE(88)) return undefined;
  const partitions: KernelPartition[] = [];
  for (let at = 0; at < entries.length; at += 128) {
    const [start, end] = [Number(entries.readBigUInt64LE(at + 32)), Number(entries.readBigUInt64LE(at + 40))];
    const guid = (from: number): Uuid => uuidFromBytes(swapGuid(entries.subarray(at + from, at + from + 16)));
    // `is_pte_valid`
    if (entries.subarray(at, at + 16).every((byte) => byte === 0) || start > last || end > last) continue;
    partitions.push({ type: guid(0), uuid: guid(16), start: start * SECTOR, size: (end - start + 1) * SECTOR });
  }
  return partitions;
}

/** FAT32 as EDK2's driver reads it: the first FAT, and an error as soon as a chain leads to a cluster that is none. */
class FirmwareFat {
  readonly #read: (offset: number, bytes: number) => Buffer;
  readonly #boot: ReturnType<typeof parseBootSector>;

  constructor(bootSector: Buffer, read: (offset: number, bytes: number) => Buffer, size: number) {
    this.#boot = parseBootSector(bootSector, size);
    this.#read = read;
  }

  list(path: string): string[] {
    return this.#records(path)
      .filter(({ isDirectory }) => !isDirectory)
      .map(({ name }) => name);
  }

  sizeOf(path: string): number {
    return this.#record(path)?.size ?? 0;
  }

  /** The whole file; undefined when it is not there or its chain ends too early. */
  read(path: string): Buffer | undefined {
    const record = this.#record(path);
    const bytes = this.readBeginning(path);
    return record !== undefined && bytes.length === record.size ? bytes : undefined;
  }

  /** As much of the file as its chain leads to. */
  readBeginning(path: string): Buffer {
    const record = this.#record(path);
    return record === undefined ? Buffer.alloc(0) : this.#chain(record.cluster, record.size).subarray(0, record.size);
  }

  #record(path: string): DirectoryRecord | undefined {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1).toLowerCase();
    return this.#records(path.slice(0, slash)).find((record) => record.name.toLowerCase() === name);
  }

  #records(path: string): readonly DirectoryRecord[] {
    let records = parseDirectory(this.#chain(this.#boot.rootCluster, Number.MAX_SAFE_INTEGER)).records;
    for (const part of path.split('/')) {
      const next = records.find(({ name, isDirectory }) => isDirectory && name.toLowerCase() === part.toLowerCase());
      if (next === undefined) return [];
      records = parseDirectory(this.#chain(next.cluster, Number.MAX_SAFE_INTEGER)).records;
    }
    return records;
  }

  #chain(first: number, bytes: number): Buffer {
    const { clusterBytes, clusterCount, dataOffset, reservedSectors } = this.#boot;
    const pieces: Buffer[] = [];
    let cluster = first;
    // The first cluster is taken from the entry as it is, the FAT says only what follows.
    while (cluster >= FIRST_CLUSTER && cluster < clusterCount + FIRST_CLUSTER && pieces.length * clusterBytes < bytes) {
      pieces.push(this.#read(dataOffset + (cluster - FIRST_CLUSTER) * clusterBytes, clusterBytes));
      const at = cluster * FAT_ENTRY_BYTES;
      const sector = this.#read((reservedSectors + Math.floor(at / SECTOR)) * SECTOR, SECTOR);
      cluster = sector.readUInt32LE(at % SECTOR) & 0x0fff_ffff;
    }
    return Buffer.concat(pieces);
  }
}
