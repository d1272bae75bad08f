import type { EspContent, EspEntry, EspFolder } from '../../src/agent/slots/esp-folder.ts';
import type { BootSector } from '../../src/formats/fat/boot-sector.ts';
import { parseBootSector } from '../../src/formats/fat/boot-sector.ts';
import { ATTRIBUTE, DIRECTORY_ENTRY_BYTES, ENTRY, encodeEntries } from '../../src/formats/fat/directory-entry.ts';
import { FAT_COUNT, FAT_ENTRY_BYTES, FIRST_CLUSTER, SECTOR_BYTES } from '../../src/formats/fat/geometry.ts';
import { type DirectoryRecord, parseDirectory } from '../../src/formats/fat/parse-directory.ts';
import { AshlarError } from '../../src/model/error.ts';
import type { ModelDisk } from './model-disk.ts';

/** What may happen in either order between two flushes, and is written to the same sector: who goes first decides what can be lost. */
export type RenameOrder =
  /** The new name gets its cluster before the old one is deleted: a power cut can leave both. */
  | 'file-first'
  /** The old name is deleted before: a power cut can leave a name that points to nothing, and no other. */
  | 'deletion-first';

const END_OF_CHAIN = 0x0fff_ffff;
const DELETED = 0xe5;
const TIME = { date: 0x5b77, time: 0x6000 };

/**
 * The ESP as Linux's vfat changes it, in the sectors that it dirties, each in every version that writeback can catch (Linux 6.12,
 * fs/fat): a new name is made with cluster 0 (dir.c, `fat_add_entries`: long name entries, then the short one), a file gets clusters in both FATs
 * (fatent.c), its entry gets cluster and size when its inode is written; a rename adds the new name, later gives it the file, and deletes the
 * old one, short entry first (namei_vfat.c, `vfat_rename`; dir.c, `fat_remove_entries`). Nothing is on the disk before `sync`.
 */
export class ModelEsp implements EspFolder {
  readonly #disk: ModelDisk;
  readonly #start: number;
  readonly #order: RenameOrder;
  readonly #boot: BootSector;

  /** @param start of the partition in bytes. */
  constructor(disk: ModelDisk, start: number, size: number, order: RenameOrder) {
    this.#disk = disk;
    this.#start = start;
    this.#order = order;
    this.#boot = parseBootSector(disk.read(start, SECTOR_BYTES), size);
  }

  list(directory: string): readonly EspEntry[] {
    return linuxRecords(this.#directory(directory).bytes).map(({ name, isDirectory, size }) => ({
      name,
      kind: isDirectory ? 'directory' : 'file',
      size,
    }));
  }

  read(path: string, limit: number): Buffer | undefined {
    const found = this.#find(path);
    if (found === undefined || found.record.size > limit) return undefined;
    return Buffer.concat(this.#chain(found.record.cluster).map((cluster) => this.#readCluster(cluster))).subarray(
      0,
      found.record.size,
    );
  }

  async write(path: string, content: EspContent): Promise<void> {
    const pieces: Uint8Array[] = [];
    for await (const piece of content) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    const count = Math.ceil(bytes.length / this.#boot.clusterBytes);
    const clusters = this.#freeClusters(count);
    this.#add(path);
    this.#setChain(clusters);
    this.#point(path, clusters[0] ?? 0, 0);
    for (const [index, cluster] of clusters.entries()) {
      const piece = bytes.subarray(index * this.#boot.clusterBytes, (index + 1) * this.#boot.clusterBytes);
      this.#disk.write(
        this.#offsetOf(cluster),
        Buffer.concat([piece, Buffer.alloc(this.#boot.clusterBytes - piece.length)]),
      );
    }
    this.#point(path, clusters[0] ?? 0, Math.floor(bytes.length / 2));
    this.#point(path, clusters[0] ?? 0, bytes.length);
  }

  empty(path: string): void {
    const { record } = this.#found(path);
    this.#free(record.cluster);
    this.#point(path, 0, 0);
  }

  rename(from: string, to: string): void {
    if (this.#find(to) !== undefined) throw new AshlarError('esp-unusable', `${to} is there`, { hint: '' });
    const old = this.#found(from);
    this.#add(to);
    const { cluster, size } = old.record;
    if (this.#order === 'file-first') this.#point(to, cluster, size);
    this.#delete(old.directory, old.record);
    this.#point(to, cluster, size);
  }

  remove(path: string): void {
    const found = this.#find(path);
    if (found === undefined) return;
    this.#delete(found.directory, found.record);
    this.#free(found.record.cluster);
  }

  sync(): void {
    this.#disk.flush();
  }

  free(): number {
    const fat = this.#fat();
    let clusters = 0;
    for (let cluster = FIRST_CLUSTER; cluster < this.#limit(); cluster++) {
      if (fat.readUInt32LE(cluster * FAT_ENTRY_BYTES) === 0) clusters++;
    }
    return clusters * this.#boot.clusterBytes;
  }

  writable(): boolean {
    return true;
  }

  async offline(work: () => void): Promise<void> {
    this.sync();
    work();
  }

  /**
   * As firmware renames (EDK2, FatPkg/EnhancedFatDxe/Info.c, `FatSetFileInfo`): the old name goes, a new one is made and then gets
   * cluster and size; dirty pages of its cache are written, in their order, at the end.
   */
  renameByFirmware(from: string, to: string): void {
    const old = this.#found(from);
    this.#delete(old.directory, old.record);
    this.#add(to);
    this.#point(to, old.record.cluster, old.record.size);
    this.#disk.flush();
  }

  #find(path: string): { readonly directory: Directory; readonly record: DirectoryRecord } | undefined {
    const slash = path.lastIndexOf('/');
    const directory = this.#directory(path.slice(0, slash));
    const name = path.slice(slash + 1).toLowerCase();
    // The long name first, as fat_search_long compares them entry by entry.
    const record = linuxRecords(directory.bytes).find(
      (candidate) => candidate.name.toLowerCase() === name || candidate.shortName.toLowerCase() === name,
    );
    return record === undefined ? undefined : { directory, record };
  }

  #found(path: string): { readonly directory: Directory; readonly record: DirectoryRecord } {
    const found = this.#find(path);
    if (found === undefined) throw new Error(`ENOENT: ${path}`);
    return found;
  }

  #directory(path: string): Directory {
    let clusters = this.#chain(this.#boot.rootCluster);
    for (const part of path.split('/').filter((name) => name !== '')) {
      const { records } = parseDirectory(Buffer.concat(clusters.map((cluster) => this.#readCluster(cluster))));
      const record = records.find(({ name }) => name.toLowerCase() === part.toLowerCase());
      if (record === undefined) return { clusters: [], bytes: Buffer.alloc(0) };
      clusters = this.#chain(record.cluster);
    }
    return { clusters, bytes: Buffer.concat(clusters.map((cluster) => this.#readCluster(cluster))) };
  }

  /** A new name with cluster 0 and no size. */
  #add(path: string): void {
    const slash = path.lastIndexOf('/');
    const directory = this.#directory(path.slice(0, slash));
    const long = path.slice(slash + 1);
    const taken = new Set(linuxRecords(directory.bytes).map(({ shortName }) => shortName.toUpperCase()));
    const name = { long, short: alias(long, taken), needsLongName: true };
    const entries = encodeEntries(name, { attributes: ATTRIBUTE.archive, cluster: 0, size: 0, time: TIME });
    const count = entries.length / DIRECTORY_ENTRY_BYTES;
    const first = freeRun(directory.bytes, count);
    if (first === undefined) throw new Error(`the model has no room for another name in ${path}`);
    const long_ = entries.subarray(0, -DIRECTORY_ENTRY_BYTES);
    this.#patch(directory, first * DIRECTORY_ENTRY_BYTES, long_);
    this.#patch(directory, (first + count - 1) * DIRECTORY_ENTRY_BYTES, entries.subarray(-DIRECTORY_ENTRY_BYTES));
  }

  /** What writing the file's inode does. */
  #point(path: string, cluster: number, size: number): void {
    const { directory, record } = this.#found(path);
    const at = (record.entries.first + record.entries.count - 1) * DIRECTORY_ENTRY_BYTES;
    const entry = Buffer.from(directory.bytes.subarray(at, at + DIRECTORY_ENTRY_BYTES));
    entry.writeUInt16LE(cluster >>> 16, ENTRY.clusterHigh);
    entry.writeUInt16LE(cluster & 0xffff, ENTRY.clusterLow);
    entry.writeUInt32LE(size, ENTRY.size);
    this.#patch(directory, at, entry);
  }

  #delete(directory: Directory, { entries }: DirectoryRecord): void {
    const current = Buffer.concat(directory.clusters.map((cluster) => this.#readCluster(cluster)));
    for (let index = entries.first + entries.count - 1; index >= entries.first; index--) {
      const at = index * DIRECTORY_ENTRY_BYTES;
      const entry = Buffer.from(current.subarray(at, at + DIRECTORY_ENTRY_BYTES));
      entry[0] = DELETED;
      this.#patch(directory, at, entry);
    }
  }

  /** Writes into a directory, sector by sector. */
  #patch({ clusters }: Directory, at: number, bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) {
      const cluster = clusters[Math.floor((at + done) / this.#boot.clusterBytes)]!;
      const within = (at + done) % this.#boot.clusterBytes;
      const offset = this.#offsetOf(cluster) + Math.floor(within / SECTOR_BYTES) * SECTOR_BYTES;
      const piece = bytes.subarray(done, done + SECTOR_BYTES - (within % SECTOR_BYTES));
      const sector = this.#disk.read(offset, SECTOR_BYTES);
      piece.copy(sector, within % SECTOR_BYTES);
      this.#disk.write(offset, sector);
      done += piece.length;
    }
  }

  #setChain(clusters: readonly number[]): void {
    this.#setEntries(clusters.map((cluster, index) => [cluster, clusters[index + 1] ?? END_OF_CHAIN] as const));
  }

  #free(first: number): void {
    if (first !== 0) this.#setEntries(this.#chain(first).map((cluster) => [cluster, 0] as const));
  }

  /** In both FATs, each sector once half done and once done. */
  #setEntries(entries: readonly (readonly [number, number])[]): void {
    const bySector = Map.groupBy(entries, ([cluster]) => Math.floor((cluster * FAT_ENTRY_BYTES) / SECTOR_BYTES));
    for (const [sector, its] of bySector) {
      for (const part of [its.slice(0, Math.ceil(its.length / 2)), its]) {
        for (let copy = 0; copy < FAT_COUNT; copy++) {
          const offset =
            this.#start + (this.#boot.reservedSectors + copy * this.#boot.fatSectors + sector) * SECTOR_BYTES;
          const bytes = this.#disk.read(offset, SECTOR_BYTES);
          for (const [cluster, value] of part) bytes.writeUInt32LE(value, (cluster * FAT_ENTRY_BYTES) % SECTOR_BYTES);
          this.#disk.write(offset, bytes);
        }
      }
    }
  }

  #freeClusters(count: number): number[] {
    const fat = this.#fat();
    const free: number[] = [];
    for (let cluster = FIRST_CLUSTER; cluster < this.#limit() && free.length < count; cluster++) {
      if (fat.readUInt32LE(cluster * FAT_ENTRY_BYTES) === 0) free.push(cluster);
    }
    if (free.length < count) throw new AshlarError('esp-too-small', 'the model of the ESP is full', { hint: '' });
    return free;
  }

  #fat(): Buffer {
    const { reservedSectors, fatSectors } = this.#boot;
    return this.#disk.read(this.#start + reservedSectors * SECTOR_BYTES, fatSectors * SECTOR_BYTES);
  }

  #chain(first: number): number[] {
    const chain: number[] = [];
    for (let cluster = first; cluster >= FIRST_CLUSTER && cluster < this.#limit(); cluster = this.#next(cluster)) {
      chain.push(cluster);
    }
    return chain;
  }

  #next(cluster: number): number {
    const at = cluster * FAT_ENTRY_BYTES;
    const sector = this.#boot.reservedSectors + Math.floor(at / SECTOR_BYTES);
    return (
      this.#disk.read(this.#start + sector * SECTOR_BYTES, SECTOR_BYTES).readUInt32LE(at % SECTOR_BYTES) & END_OF_CHAIN
    );
  }

  #limit(): number {
    return this.#boot.clusterCount + FIRST_CLUSTER;
  }

  #readCluster(cluster: number): Buffer {
    return this.#disk.read(this.#offsetOf(cluster), this.#boot.clusterBytes);
  }

  #offsetOf(cluster: number): number {
    return this.#start + this.#boot.dataOffset + (cluster - FIRST_CLUSTER) * this.#boot.clusterBytes;
  }
}

interface Directory {
  readonly clusters: readonly number[];
  readonly bytes: Buffer;
}

/** Linux takes an entry that begins with zero for a free one, and reads on (dir.c, `fat_search_long`). */
function linuxRecords(bytes: Buffer): readonly DirectoryRecord[] {
  const endless = Buffer.from(bytes);
  for (let at = 0; at < bytes.length; at += DIRECTORY_ENTRY_BYTES) if (endless[at] === 0) endless[at] = DELETED;
  return parseDirectory(endless).records;
}

/** The first run of `count` entries that are free or were deleted. */
function freeRun(bytes: Buffer, count: number): number | undefined {
  let run = 0;
  for (let index = 0; index * DIRECTORY_ENTRY_BYTES < bytes.length; index++) {
    const first = bytes[index * DIRECTORY_ENTRY_BYTES]!;
    run = first === 0 || first === DELETED ? run + 1 : 0;
    if (run === count) return index - count + 1;
  }
  return undefined;
}

/** The 11 bytes of an 8.3 alias (namei_vfat.c, `vfat_create_shortname`): dots go, what 8.3 has not becomes `_`, then a number. */
function alias(long: string, taken: ReadonlySet<string>): string {
  const dot = long.lastIndexOf('.');
  const clean = (text: string): string =>
    text
      .toUpperCase()
      .replaceAll('.', '')
      .replace(/[+,;=[\]]/g, '_');
  const extension = clean(long.slice(dot + 1)).slice(0, 3);
  for (let number = 1; ; number++) {
    const base = `${clean(long.slice(0, dot)).slice(0, 6)}~${number}`;
    if (!taken.has(`${base}.${extension}`)) return base.padEnd(8) + extension.padEnd(3);
  }
}
