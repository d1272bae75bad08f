import { AshlarError } from '../../model/error.ts';
import type { ReadAt } from '../read-at.ts';
import { type BootSector, parseBootSector } from './boot-sector.ts';
import { DIRECTORY_ENTRY_BYTES } from './directory-entry.ts';
import { FAT_COUNT, FAT_ENTRY_BYTES, FIRST_CLUSTER, SECTOR_BYTES } from './geometry.ts';
import { type DirectoryRecord, parseDirectory } from './parse-directory.ts';
import type { FatExtent } from './read-fat32.ts';

/** A directory entry with what it points to. */
export interface CheckedEntry {
  /** From the root, with slashes; the short name where there is no long one. */
  readonly path: string;
  readonly record: DirectoryRecord;
  readonly directory: CheckedDirectory;
  /** Where its bytes lie on the volume. Undefined when its chain does not hold its size, or runs into what is not its own. */
  readonly extents: readonly FatExtent[] | undefined;
  /** Other entries that point to the same clusters: one file under two names, as an interrupted rename leaves it. */
  readonly sharedWith: readonly string[];
}

/** A directory as it lies on the volume. */
export interface CheckedDirectory {
  readonly path: string;
  /** Its clusters in order. */
  readonly clusters: readonly number[];
  /** Their contents put together. */
  readonly bytes: Buffer;
}

/** Everything of a volume that a repair must know. */
export interface CheckedVolume {
  readonly boot: BootSector;
  /** The first copy of the FAT: the one that firmware and Linux read. */
  readonly fat: Buffer;
  readonly copiesEqual: boolean;
  readonly directories: readonly CheckedDirectory[];
  readonly files: readonly CheckedEntry[];
  /** Clusters that are taken in the FAT and belong to no file. */
  readonly lostClusters: readonly number[];
  readonly freeClusters: number;
  /** What is wrong, in words with the path; empty when the volume is sound. */
  readonly problems: readonly string[];
}

/** 8 MiB of FAT are 2 million clusters, 8 GiB of ESP: none is larger, and none may ask for more memory. */
const MAX_FAT_BYTES = 8 << 20;
/** What is read of the second FAT at once. */
const COMPARED_BYTES = 32 << 10;
const ZEROS = Buffer.alloc(4096);
const MAX_ENTRIES = 10_000;
const MAX_DIRECTORY_CLUSTERS = 4096;
const MAX_DEPTH = 16;
const ENTRY_MASK = 0x0fff_ffff;
const END_OF_CHAIN_FROM = 0x0fff_fff8;

/**
 * Reads a whole FAT32 volume of `volumeBytes` bytes, file contents excluded, and says what a power cut did to it: files under two names, chains that do not hold
 * their file, clusters that belong to nobody, copies of the FAT that differ. Throws `image-corrupt` when the boot sector or a directory
 * cannot be followed, `image-unsupported` for a volume larger than any ESP.
 */
export function checkFat32(readAt: ReadAt, volumeBytes: number): CheckedVolume {
  const boot = parseBootSector(readAt(0, Math.min(SECTOR_BYTES, volumeBytes)), volumeBytes);
  const fatBytes = boot.fatSectors * SECTOR_BYTES;
  if (fatBytes > MAX_FAT_BYTES) {
    throw new AshlarError(
      'image-unsupported',
      `A FAT of ${fatBytes} bytes is more than any EFI system partition has.`,
      {
        hint: 'Expected is an EFI system partition as Ashlar writes it.',
      },
    );
  }
  const fat = readAt(boot.reservedSectors * SECTOR_BYTES, fatBytes);
  return new Checker(readAt, boot, fat).check(isLastCopy(readAt, boot, fat));
}

/** Whether the last copy of the FAT says what `fat` says. Only one of them has to be in memory. */
function isLastCopy(readAt: ReadAt, boot: BootSector, fat: Buffer): boolean {
  const start = (boot.reservedSectors + (FAT_COUNT - 1) * boot.fatSectors) * SECTOR_BYTES;
  const usedBytes = (boot.clusterCount + FIRST_CLUSTER) * FAT_ENTRY_BYTES;
  for (let at = 0; at < usedBytes; at += COMPARED_BYTES) {
    const piece = fat.subarray(at, Math.min(at + COMPARED_BYTES, usedBytes));
    if (!piece.equals(readAt(start + at, piece.length))) return false;
  }
  return true;
}

/** The next cluster after `cluster`, or what else its entry says. */
export function fatEntry(fat: Buffer, cluster: number): number {
  return fat.readUInt32LE(cluster * FAT_ENTRY_BYTES) & ENTRY_MASK;
}

/**
 * Where the end of a directory is (its first entry that begins with zero), when something lies behind it; in entries. Firmware stops there
 * (Microsoft FAT specification, §6), but Linux reads on, and adds names behind it that firmware then never sees (fs/fat/dir.c,
 * `fat_search_long`, `fat_add_entries`): what is left of a name whose first sector was not written.
 */
export function behindEnd(bytes: Buffer): number | undefined {
  let end = 0;
  while (end * DIRECTORY_ENTRY_BYTES < bytes.length && bytes[end * DIRECTORY_ENTRY_BYTES] !== 0) end++;
  for (let at = end * DIRECTORY_ENTRY_BYTES; at < bytes.length; at += DIRECTORY_ENTRY_BYTES) {
    if (bytes[at] !== 0) return end;
  }
  return undefined;
}

/**
 * The clusters that nobody has. Most of a volume's are free, and what is zero in the FAT is in nobody's chain: a comparison passes over many
 * of them at once.
 */
function countUntaken(taken: Uint8Array, fat: Buffer): Pick<CheckedVolume, 'lostClusters' | 'freeClusters'> {
  const lostClusters: number[] = [];
  let freeClusters = 0;
  for (let from = FIRST_CLUSTER; from < taken.length; from += ZEROS.length / FAT_ENTRY_BYTES) {
    const to = Math.min(from + ZEROS.length / FAT_ENTRY_BYTES, taken.length);
    const piece = fat.subarray(from * FAT_ENTRY_BYTES, to * FAT_ENTRY_BYTES);
    if (piece.equals(ZEROS.subarray(0, piece.length))) {
      freeClusters += to - from;
      continue;
    }
    for (let cluster = from; cluster < to; cluster++) {
      if (taken[cluster] !== 0) continue;
      if (fatEntry(fat, cluster) === 0) freeClusters++;
      else lostClusters.push(cluster);
    }
  }
  return { lostClusters, freeClusters };
}

interface Found {
  readonly record: DirectoryRecord;
  readonly directory: CheckedDirectory;
  readonly path: string;
}

class Checker {
  readonly #readAt: ReadAt;
  readonly #boot: BootSector;
  readonly #fat: Buffer;
  /** 1 for each cluster that somebody has. */
  readonly #taken: Uint8Array;
  readonly #problems: string[] = [];
  readonly #directories: CheckedDirectory[] = [];
  readonly #found: Found[] = [];

  constructor(readAt: ReadAt, boot: BootSector, fat: Buffer) {
    this.#readAt = readAt;
    this.#boot = boot;
    this.#fat = fat;
    this.#taken = new Uint8Array(boot.clusterCount + FIRST_CLUSTER);
  }

  check(copiesEqual: boolean): CheckedVolume {
    this.#directory(this.#boot.rootCluster, '', 0);
    const files = this.#files();
    const { lostClusters, freeClusters } = countUntaken(this.#taken, this.#fat);
    if (lostClusters.length > 0) this.#problems.push(`${lostClusters.length} clusters belong to no file`);
    if (!copiesEqual) this.#problems.push('the two copies of the FAT differ');
    return {
      boot: this.#boot,
      fat: this.#fat,
      copiesEqual,
      directories: this.#directories,
      files,
      lostClusters,
      freeClusters,
      problems: this.#problems,
    };
  }

  #directory(first: number, path: string, depth: number): void {
    const chain = this.#chain(first, MAX_DIRECTORY_CLUSTERS);
    if (chain === undefined || depth > MAX_DEPTH || !this.#claim(chain)) {
      throw new AshlarError('image-corrupt', `The directory /${path} of a FAT volume cannot be followed.`, {
        hint: 'The EFI system partition is damaged beyond what a power cut does: write it anew.',
      });
    }
    const bytes = Buffer.concat(chain.map((cluster) => this.#readAt(this.#offsetOf(cluster), this.#boot.clusterBytes)));
    const directory: CheckedDirectory = { path, clusters: chain, bytes };
    this.#directories.push(directory);
    const { records, orphanedLongNames } = parseDirectory(bytes);
    if (orphanedLongNames > 0) this.#problems.push(`/${path}: ${orphanedLongNames} long names belong to no entry`);
    if (behindEnd(bytes) !== undefined) this.#problems.push(`/${path}: there are entries behind its end`);
    for (const record of records) {
      const child = path === '' ? record.name : `${path}/${record.name}`;
      if (record.isDirectory) this.#directory(record.cluster, child, depth + 1);
      else if (this.#found.length < MAX_ENTRIES) this.#found.push({ record, directory, path: child });
    }
  }

  /** Chains of files come after those of directories: what runs into a directory is damaged, whoever was first. */
  #files(): CheckedEntry[] {
    const first = new Map<number, Found[]>();
    for (const found of this.#found) {
      if (found.record.cluster === 0) continue;
      first.set(found.record.cluster, [...(first.get(found.record.cluster) ?? []), found]);
    }
    const chains = new Map<number, readonly number[] | undefined>();
    for (const cluster of first.keys()) {
      const chain = this.#chain(cluster, this.#taken.length);
      chains.set(cluster, chain !== undefined && this.#claim(chain) ? chain : undefined);
    }
    return this.#found.map(({ record, directory, path }): CheckedEntry => {
      const sharing = first.get(record.cluster) ?? [];
      const sharedWith = sharing.filter((other) => other.record !== record).map((other) => other.path);
      const chain = record.cluster === 0 ? [] : chains.get(record.cluster);
      const holds = chain?.length === Math.ceil(record.size / this.#boot.clusterBytes);
      if (!holds) this.#problems.push(`/${path}: its clusters do not hold its ${record.size} bytes`);
      for (const other of sharedWith) this.#problems.push(`/${path}: the same file as /${other}`);
      return { path, record, directory, extents: holds ? this.#extents(chain, record.size) : undefined, sharedWith };
    });
  }

  /** The clusters from `first` on; undefined when one of them is free, outside of the volume, or there are more than `limit`. */
  #chain(first: number, limit: number): number[] | undefined {
    const chain: number[] = [];
    for (let cluster = first; cluster < END_OF_CHAIN_FROM; cluster = fatEntry(this.#fat, cluster)) {
      if (cluster < FIRST_CLUSTER || cluster >= this.#taken.length || chain.length >= limit) return undefined;
      // A cluster that is free is not a part of a file, whoever points to it.
      if (fatEntry(this.#fat, cluster) === 0) return undefined;
      chain.push(cluster);
    }
    return chain;
  }

  /** Marks the clusters as taken; false, and nothing is marked further, at one that is. */
  #claim(chain: readonly number[]): boolean {
    for (const cluster of chain) {
      if (this.#taken[cluster] !== 0) return false;
      this.#taken[cluster] = 1;
    }
    return true;
  }

  #extents(chain: readonly number[], size: number): FatExtent[] {
    const extents: { offset: number; bytes: number }[] = [];
    let left = size;
    for (const cluster of chain) {
      const offset = this.#offsetOf(cluster);
      const bytes = Math.min(left, this.#boot.clusterBytes);
      const last = extents.at(-1);
      if (last !== undefined && last.offset + last.bytes === offset) last.bytes += bytes;
      else extents.push({ offset, bytes });
      left -= bytes;
    }
    return extents;
  }

  #offsetOf(cluster: number): number {
    return this.#boot.dataOffset + (cluster - FIRST_CLUSTER) * this.#boot.clusterBytes;
  }
}
