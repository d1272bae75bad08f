import { AshlarError } from '../../model/error.ts';

export const SECTOR_BYTES = 512;
/** An entry of a FAT: the upper four bits are reserved. */
export const FAT_ENTRY_BYTES = 4;
export const FAT_COUNT = 2;
/** The boot sector, FSInfo and their copies lie in the first sectors; 32 is what every formatter reserves. */
export const RESERVED_SECTORS = 32;
export const FSINFO_SECTOR = 1;
export const BACKUP_BOOT_SECTOR = 6;
/** Clusters are numbered from 2; the root directory has the first. */
export const FIRST_CLUSTER = 2;
export const ROOT_CLUSTER = FIRST_CLUSTER;
/** With fewer clusters than this a volume is FAT16 to every reader, whatever it says (Microsoft FAT specification, §3.5). */
export const MIN_CLUSTERS = 65_525;
export const MAX_CLUSTERS = 0x0fff_fff5;
/** Formatters that count slightly differently err by up to 16 clusters around the bound (ibid.). */
const CLUSTER_MARGIN = 16;
/** The data area begins on this bound, so that clusters of 4 KiB are pages of the disk. */
const DATA_ALIGNMENT_SECTORS = 8;

const KIB = 1024;
const GIB = 1024 ** 3;
/** From Microsoft's table for FAT32: larger clusters only where smaller ones would make the FAT unwieldy. */
const LARGEST_CLUSTER_BYTES: readonly (readonly [maxVolumeBytes: number, clusterBytes: number])[] = [
  [8 * GIB, 4 * KIB],
  [16 * GIB, 8 * KIB],
  [32 * GIB, 16 * KIB],
  [2048 * GIB - SECTOR_BYTES, 32 * KIB],
];

/** Where the parts of a FAT32 volume lie. */
export interface FatGeometry {
  readonly totalSectors: number;
  readonly reservedSectors: number;
  readonly fatSectors: number;
  readonly clusterBytes: number;
  readonly clusterCount: number;
  /** Byte offset of cluster 2. */
  readonly dataOffset: number;
}

/**
 * The geometry of a FAT32 volume of `bytes` bytes: the largest clusters of the usual sizes that leave enough of them to be FAT32
 * at all. Throws `esp-too-small` below about 32.6 MiB, `usage` for more than 2 TiB or half sectors.
 */
export function fatGeometry(bytes: number): FatGeometry {
  const largest = LARGEST_CLUSTER_BYTES.find(([maxVolumeBytes]) => bytes <= maxVolumeBytes)?.[1];
  if (largest === undefined || !Number.isSafeInteger(bytes) || bytes % SECTOR_BYTES !== 0) {
    throw new AshlarError('usage', `a FAT32 volume of ${bytes} bytes is not possible`, {
      hint: 'Give whole 512-byte sectors, less than 2 TiB.',
    });
  }
  for (let clusterBytes = largest; clusterBytes >= SECTOR_BYTES; clusterBytes /= 2) {
    const geometry = geometryWith(bytes / SECTOR_BYTES, clusterBytes);
    if (geometry.clusterCount >= MIN_CLUSTERS + CLUSTER_MARGIN) return geometry;
  }
  throw new AshlarError('esp-too-small', `an EFI system partition of ${bytes} bytes is too small for FAT32`, {
    hint: 'Give it 33 MiB or more; firmware need not read smaller formats from a disk.',
  });
}

function geometryWith(totalSectors: number, clusterBytes: number): FatGeometry {
  const sectorsPerCluster = clusterBytes / SECTOR_BYTES;
  const entriesPerSector = SECTOR_BYTES / FAT_ENTRY_BYTES;
  // Enough for every cluster that would be there without the FATs themselves: at most a few sectors too many.
  const upperClusters = Math.max(0, Math.floor((totalSectors - RESERVED_SECTORS) / sectorsPerCluster));
  const sectorsPerClusterWithFat = sectorsPerCluster + FAT_COUNT / entriesPerSector;
  const clusters = Math.min(upperClusters, Math.ceil((totalSectors - RESERVED_SECTORS) / sectorsPerClusterWithFat));
  const fatSectors = Math.max(1, Math.ceil((clusters + FIRST_CLUSTER) / entriesPerSector));
  const unaligned = RESERVED_SECTORS + FAT_COUNT * fatSectors;
  const dataSector = Math.ceil(unaligned / DATA_ALIGNMENT_SECTORS) * DATA_ALIGNMENT_SECTORS;
  return {
    totalSectors,
    reservedSectors: dataSector - FAT_COUNT * fatSectors,
    fatSectors,
    clusterBytes,
    clusterCount: Math.max(0, Math.floor((totalSectors - dataSector) / sectorsPerCluster)),
    dataOffset: dataSector * SECTOR_BYTES,
  };
}
