import { encodeFsInfo } from './boot-sector.ts';
import type { CheckedDirectory, CheckedEntry, CheckedVolume } from './check-fat32.ts';
import { behindEnd, fatEntry } from './check-fat32.ts';
import { ATTRIBUTE, DIRECTORY_ENTRY_BYTES, ENTRY } from './directory-entry.ts';
import {
  BACKUP_BOOT_SECTOR,
  FAT_COUNT,
  FAT_ENTRY_BYTES,
  FIRST_CLUSTER,
  FSINFO_SECTOR,
  SECTOR_BYTES,
} from './geometry.ts';
import { parseDirectory } from './parse-directory.ts';

/** A sector of the volume as it should be. */
export interface SectorWrite {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Of several names for one file, the one that stays. */
export type ChooseName = (names: readonly CheckedEntry[]) => CheckedEntry;

export interface FatRepair {
  /** First the directories, then the FAT: each phase is to be on the disk before the next begins. Repeating it after a power cut is right. */
  readonly phases: readonly (readonly SectorWrite[])[];
  /** Paths of the entries that go. */
  readonly removed: readonly string[];
}

const DELETED = 0xe5;
const ATTRIBUTE_MASK = 0x3f;

/**
 * The writes that make a volume sound again, which must not be mounted meanwhile: one name for each file, no entry without a whole file, no long name
 * without an entry, nothing behind the end of a directory, no cluster that belongs to nobody, two equal FATs. File contents are never touched.
 *
 * An entry without a whole file goes whatever it was: its clusters are free, the next file that is written gets them, and whoever removes the entry then
 * removes that file's. This cannot be left to the file system: of two names for one file, deleting one on Linux frees the clusters of both, and deleting the
 * other then makes the volume read-only (Linux, fs/fat/fatent.c, `fat_free_clusters`, “deleting FAT entry beyond EOF”).
 */
export function planFatRepair(volume: CheckedVolume, choose: ChooseName): FatRepair {
  if (volume.problems.length === 0) return { phases: [], removed: [] };
  const removed = new Set<CheckedEntry>();
  const byCluster = Map.groupBy(volume.files, ({ record }) => record.cluster);
  for (const entry of volume.files) {
    if (entry.extents === undefined) removed.add(entry);
  }
  for (const [cluster, names] of byCluster) {
    const whole = names.filter((name) => !removed.has(name));
    if (cluster === 0 || whole.length < 2) continue;
    const kept = choose(whole);
    for (const name of whole) if (name !== kept) removed.add(name);
  }
  const stays = volume.files.filter((entry) => !removed.has(entry));
  const directories = volume.directories.flatMap((directory) => directoryWrites(volume, directory, removed));
  const table = fatWrites(volume, stays);
  return {
    phases: [directories, table].filter((phase) => phase.length > 0),
    removed: [...removed].map(({ path }) => path),
  };
}

/** The sectors of a directory in which entries are deleted: those of `removed`, and long names that belong to nothing. */
function directoryWrites(
  { boot }: CheckedVolume,
  directory: CheckedDirectory,
  removed: ReadonlySet<CheckedEntry>,
): SectorWrite[] {
  const bytes = Buffer.from(directory.bytes);
  for (const { directory: its, record } of removed) {
    if (its !== directory) continue;
    for (let index = 0; index < record.entries.count; index++) {
      bytes[(record.entries.first + index) * DIRECTORY_ENTRY_BYTES] = DELETED;
    }
  }
  deleteOrphans(bytes);
  const end = behindEnd(bytes);
  if (end !== undefined) bytes.fill(0, end * DIRECTORY_ENTRY_BYTES);
  const sectorsPerCluster = boot.clusterBytes / SECTOR_BYTES;
  const writes: SectorWrite[] = [];
  for (let sector = 0; sector * SECTOR_BYTES < bytes.length; sector++) {
    const now = bytes.subarray(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
    if (now.equals(directory.bytes.subarray(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES))) continue;
    const cluster = directory.clusters[Math.floor(sector / sectorsPerCluster)]!;
    const offset =
      boot.dataOffset + (cluster - FIRST_CLUSTER) * boot.clusterBytes + (sector % sectorsPerCluster) * SECTOR_BYTES;
    writes.push({ offset, bytes: now });
  }
  return writes;
}

/** Long name entries stand directly before their short one; those that nothing but deleted entries or another name follows are orphans. */
function deleteOrphans(bytes: Buffer): void {
  const owned = new Set<number>();
  for (const { entries } of parseDirectory(bytes).records) {
    for (let index = 0; index < entries.count; index++) owned.add(entries.first + index);
  }
  for (let index = 0; index * DIRECTORY_ENTRY_BYTES < bytes.length; index++) {
    const at = index * DIRECTORY_ENTRY_BYTES;
    if (bytes[at] === 0) return;
    const isLongName = (bytes[at + ENTRY.attributes]! & ATTRIBUTE_MASK) === ATTRIBUTE.longName;
    if (isLongName && !owned.has(index)) bytes[at] = DELETED;
  }
}

/** The sectors of both FATs that differ from what they should be, and the count of free clusters when there are any. */
function fatWrites(volume: CheckedVolume, stays: readonly CheckedEntry[]): SectorWrite[] {
  const { boot, fat, directories, copiesEqual } = volume;
  const used = new Uint8Array(boot.clusterCount + FIRST_CLUSTER);
  for (const { clusters } of directories) for (const cluster of clusters) used[cluster] = 1;
  for (const { record } of stays) {
    let cluster = record.cluster;
    while (cluster >= FIRST_CLUSTER && cluster < used.length && used[cluster] === 0 && fatEntry(fat, cluster) !== 0) {
      used[cluster] = 1;
      cluster = fatEntry(fat, cluster);
    }
  }
  const wanted = Buffer.from(fat);
  const changed = new Set<number>();
  let free = 0;
  for (let cluster = FIRST_CLUSTER; cluster < used.length; cluster++) {
    if (used[cluster] === 1) continue;
    free++;
    if (fatEntry(fat, cluster) === 0) continue;
    wanted.writeUInt32LE(0, cluster * FAT_ENTRY_BYTES);
    changed.add(Math.floor((cluster * FAT_ENTRY_BYTES) / SECTOR_BYTES));
  }
  const writes: SectorWrite[] = [];
  for (let sector = 0; sector < boot.fatSectors; sector++) {
    if (copiesEqual && !changed.has(sector)) continue;
    const bytes = wanted.subarray(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
    for (let copy = changed.has(sector) ? 0 : 1; copy < FAT_COUNT; copy++) {
      writes.push({ offset: (boot.reservedSectors + copy * boot.fatSectors + sector) * SECTOR_BYTES, bytes });
    }
  }
  if (writes.length === 0) return [];
  const fsInfo = encodeFsInfo(free, FIRST_CLUSTER);
  for (const at of [0, BACKUP_BOOT_SECTOR]) {
    writes.push({ offset: (at + FSINFO_SECTOR) * SECTOR_BYTES, bytes: fsInfo });
  }
  return writes;
}
