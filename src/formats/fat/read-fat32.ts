import type { ReadAt } from '../read-at.ts';
import { type BootSector, parseBootSector } from './boot-sector.ts';
import { FAT_ENTRY_BYTES, FIRST_CLUSTER, SECTOR_BYTES } from './geometry.ts';
import { type DirectoryRecord, parseDirectory } from './parse-directory.ts';

/** A file or directory as the volume has it. */
export type FatNode = FatFileNode | FatDirectoryNode;

interface FatNodeBase {
  /** The long name, or the short one where there is none. */
  readonly name: string;
  /** As 8.3, `MINIMA~1.EFI`. */
  readonly shortName: string;
  readonly hasLongName: boolean;
}

export type FatFileNode = FatNodeBase & {
  readonly type: 'file';
  readonly size: number;
  /**
   * Where its bytes lie on the volume, in order; neighbouring clusters are one extent. Undefined when they cannot be followed, as
   * for a file whose writer lost power: a problem says why.
   */
  readonly extents: readonly FatExtent[] | undefined;
};

/** Names may repeat: after a power cut FAT can hold an entry twice, which a Map would hide. */
export type FatDirectoryNode = FatNodeBase & { readonly type: 'directory'; readonly children: readonly FatNode[] };

export interface FatExtent {
  readonly offset: number;
  readonly bytes: number;
}

export interface FatContents {
  readonly boot: BootSector;
  readonly root: FatDirectoryNode;
  /** What is wrong with the volume but does not keep it from being read: each names the path. */
  readonly problems: readonly string[];
}

/** An ESP holds some dozens; bounds what a hostile one can cost. */
const MAX_NODES = 100_000;
const MAX_DEPTH = 32;
/** 65,536 entries of 32 bytes, the limit of the format. */
const MAX_DIRECTORY_BYTES = 2_097_152;
const MAX_PROBLEMS = 100;
const ENTRY_MASK = 0x0fff_ffff;
const END_OF_CHAIN_FROM = 0x0fff_fff8;

/**
 * The directory tree of a FAT32 volume of `volumeBytes` bytes. Chains that leave the volume, run in circles, are used twice or do
 * not fit their file's size are reported as problems, as are long names that belong to no entry. Names are given as they are
 * stored: who makes paths of them must check them. Throws `image-corrupt` when the boot sector cannot be read.
 */
export function readFat32(readAt: ReadAt, volumeBytes: number): FatContents {
  const boot = parseBootSector(readAt(0, Math.min(SECTOR_BYTES, volumeBytes)), volumeBytes);
  const reader = new Reader(readAt, boot);
  const root = reader.directory({ name: '', shortName: '', hasLongName: false }, boot.rootCluster, '', 0);
  return { boot, root, problems: reader.problems };
}

/** The bytes of `file`; undefined when they are damaged or more than `limit`: the size comes from the volume. */
export function readFatFile(readAt: ReadAt, file: FatFileNode, limit: number): Buffer | undefined {
  if (file.extents === undefined || file.size > limit) return undefined;
  return Buffer.concat(file.extents.map(({ offset, bytes }) => readAt(offset, bytes)));
}

class Reader {
  readonly problems: string[] = [];
  readonly #readAt: ReadAt;
  readonly #boot: BootSector;
  readonly #fatSectors = new Map<number, Buffer>();
  /** One bit a cluster: no two chains may share one, so that all chains together are shorter than the volume. */
  readonly #used: Uint8Array;
  #nodes = 0;

  constructor(readAt: ReadAt, boot: BootSector) {
    this.#readAt = readAt;
    this.#boot = boot;
    this.#used = new Uint8Array(Math.ceil((boot.clusterCount + FIRST_CLUSTER) / 8));
  }

  directory(names: FatNodeBase, cluster: number, path: string, depth: number): FatDirectoryNode {
    const clusterBytes = this.#boot.clusterBytes;
    const chain = this.#chain(cluster, Math.ceil(MAX_DIRECTORY_BYTES / clusterBytes), path);
    const bytes = Buffer.concat((chain ?? []).map((member) => this.#readAt(this.#offsetOf(member), clusterBytes)));
    const { records, orphanedLongNames } = parseDirectory(bytes);
    if (orphanedLongNames > 0) this.#problem(path, `${orphanedLongNames} long names belong to no entry`);
    const children: FatNode[] = [];
    const seen = new Set<string>();
    for (const record of records) {
      const child = `${path}/${record.name}`;
      if (seen.has(record.name.toUpperCase())) this.#problem(child, 'the name is there more than once');
      seen.add(record.name.toUpperCase());
      if (++this.#nodes > MAX_NODES || depth >= MAX_DEPTH) {
        this.#problem(path, 'there are too many entries or levels; the rest is left out');
        break;
      }
      const node = record.isDirectory
        ? this.directory(namesOf(record), record.cluster, child, depth + 1)
        : this.#file(record, child);
      children.push(node);
    }
    return { ...names, type: 'directory', children };
  }

  #file(record: DirectoryRecord, path: string): FatFileNode {
    const clusters = Math.ceil(record.size / this.#boot.clusterBytes);
    const chain = record.cluster === 0 ? [] : this.#chain(record.cluster, clusters, path);
    const complete = chain?.length === clusters;
    if (chain !== undefined && !complete) {
      this.#problem(path, `its ${chain.length} clusters do not hold its ${record.size} bytes`);
    }
    return {
      ...namesOf(record),
      type: 'file',
      size: record.size,
      extents: complete ? this.#extents(chain, record.size) : undefined,
    };
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

  /** The clusters from `first` on, at most `limit`; undefined, with a problem reported, when the chain cannot be followed. */
  #chain(first: number, limit: number, path: string): number[] | undefined {
    const chain: number[] = [];
    for (let cluster = first; cluster < END_OF_CHAIN_FROM; cluster = this.#next(cluster)) {
      if (cluster < FIRST_CLUSTER || cluster >= this.#boot.clusterCount + FIRST_CLUSTER) {
        return this.#problem(path, `its chain leads to cluster ${cluster}, which is not there`);
      }
      if (this.#take(cluster))
        return this.#problem(path, `it shares cluster ${cluster} with another, or runs in a circle`);
      if (chain.length >= limit) return this.#problem(path, 'its chain is longer than it should be');
      chain.push(cluster);
    }
    return chain;
  }

  /** Marks `cluster` and returns whether it was marked before. */
  #take(cluster: number): boolean {
    const bit = 1 << (cluster & 7);
    const byte = this.#used[cluster >> 3]!;
    this.#used[cluster >> 3] = byte | bit;
    return (byte & bit) !== 0;
  }

  #next(cluster: number): number {
    const at = cluster * FAT_ENTRY_BYTES;
    const sector = Math.floor(at / SECTOR_BYTES);
    let bytes = this.#fatSectors.get(sector);
    if (bytes === undefined) {
      bytes = this.#readAt((this.#boot.reservedSectors + sector) * SECTOR_BYTES, SECTOR_BYTES);
      this.#fatSectors.set(sector, bytes);
    }
    return bytes.readUInt32LE(at % SECTOR_BYTES) & ENTRY_MASK;
  }

  #offsetOf(cluster: number): number {
    return this.#boot.dataOffset + (cluster - FIRST_CLUSTER) * this.#boot.clusterBytes;
  }

  #problem(path: string, what: string): undefined {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(`${path === '' ? '/' : path}: ${what}`);
  }
}

function namesOf({ name, shortName, hasLongName }: DirectoryRecord): FatNodeBase {
  return { name, shortName, hasLongName };
}
