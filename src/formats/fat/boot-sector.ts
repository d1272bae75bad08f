import { AshlarError } from '../../model/error.ts';
import {
  BACKUP_BOOT_SECTOR,
  FAT_COUNT,
  FAT_ENTRY_BYTES,
  type FatGeometry,
  FIRST_CLUSTER,
  FSINFO_SECTOR,
  MAX_CLUSTERS,
  MIN_CLUSTERS,
  ROOT_CLUSTER,
  SECTOR_BYTES,
} from './geometry.ts';

/** Offsets in the boot sector of FAT32 (Microsoft FAT specification, §3.1 and §3.3). */
const BOOT = {
  jump: 0,
  oemName: 3,
  sectorBytes: 11,
  sectorsPerCluster: 13,
  reservedSectors: 14,
  fatCount: 16,
  rootEntries: 17,
  totalSectors16: 19,
  media: 21,
  fatSectors16: 22,
  sectorsPerTrack: 24,
  heads: 26,
  totalSectors32: 32,
  fatSectors32: 36,
  extendedFlags: 40,
  version: 42,
  rootCluster: 44,
  fsInfoSector: 48,
  backupBootSector: 50,
  driveNumber: 64,
  extendedSignature: 66,
  volumeId: 67,
  label: 71,
  typeName: 82,
  code: 90,
  signature: 510,
} as const;

const SIGNATURE = 0xaa55;
const EXTENDED_SIGNATURE = 0x29;
/** A fixed disk, in the boot sector and in the first entry of the FAT. */
const MEDIA_FIXED = 0xf8;
const DRIVE_FIXED = 0x80;
/** For a BIOS that starts the partition: return to it (`int 18h`), else halt for good. */
const BIOS_CODE = [0xcd, 0x18, 0xf4, 0xeb, 0xfd];
export const LABEL_BYTES = 11;

/** What names a volume. */
export interface FatIdentity {
  /** 32 bits, shown as XXXX-XXXX. */
  readonly volumeId: number;
  /** At most 11 characters of A–Z, 0–9, space, `_` and `-`. */
  readonly label: string;
}

/** The boot sector, 512 bytes; its copy at sector 6 is the same. */
export function encodeBootSector(geometry: FatGeometry, identity: FatIdentity): Buffer {
  const bytes = Buffer.alloc(SECTOR_BYTES);
  bytes.set([0xeb, BOOT.code - 2, 0x90], BOOT.jump);
  bytes.write('ASHLAR  ', BOOT.oemName, 'latin1');
  bytes.writeUInt16LE(SECTOR_BYTES, BOOT.sectorBytes);
  bytes[BOOT.sectorsPerCluster] = geometry.clusterBytes / SECTOR_BYTES;
  bytes.writeUInt16LE(geometry.reservedSectors, BOOT.reservedSectors);
  bytes[BOOT.fatCount] = FAT_COUNT;
  bytes[BOOT.media] = MEDIA_FIXED;
  bytes.writeUInt16LE(63, BOOT.sectorsPerTrack);
  bytes.writeUInt16LE(255, BOOT.heads);
  bytes.writeUInt32LE(geometry.totalSectors, BOOT.totalSectors32);
  bytes.writeUInt32LE(geometry.fatSectors, BOOT.fatSectors32);
  bytes.writeUInt32LE(ROOT_CLUSTER, BOOT.rootCluster);
  bytes.writeUInt16LE(FSINFO_SECTOR, BOOT.fsInfoSector);
  bytes.writeUInt16LE(BACKUP_BOOT_SECTOR, BOOT.backupBootSector);
  bytes[BOOT.driveNumber] = DRIVE_FIXED;
  bytes[BOOT.extendedSignature] = EXTENDED_SIGNATURE;
  bytes.writeUInt32LE(identity.volumeId, BOOT.volumeId);
  bytes.write(encodeLabel(identity.label), BOOT.label, 'latin1');
  bytes.write('FAT32   ', BOOT.typeName, 'latin1');
  bytes.set(BIOS_CODE, BOOT.code);
  bytes.writeUInt16LE(SIGNATURE, BOOT.signature);
  return bytes;
}

/** `label` as its 11 bytes. Throws `usage` for characters that tools disagree about. */
export function encodeLabel(label: string): string {
  if (label.length <= LABEL_BYTES && /^[A-Z0-9_-]([A-Z0-9 _-]*[A-Z0-9_-])?$/.test(label))
    return label.padEnd(LABEL_BYTES);
  throw new AshlarError('usage', `“${label}” cannot be the label of a FAT volume`, {
    hint: `Use at most ${LABEL_BYTES} of A–Z, 0–9, space, _ and -.`,
  });
}

/** Offsets in the FSInfo sector (§5). */
const FSINFO = { lead: 0, structure: 484, free: 488, next: 492, trail: 508 } as const;

/** The FSInfo sector: how many clusters are free, and where to look for the next. */
export function encodeFsInfo(freeClusters: number, nextFree: number): Buffer {
  const bytes = Buffer.alloc(SECTOR_BYTES);
  bytes.writeUInt32LE(0x4161_5252, FSINFO.lead);
  bytes.writeUInt32LE(0x6141_7272, FSINFO.structure);
  bytes.writeUInt32LE(freeClusters, FSINFO.free);
  bytes.writeUInt32LE(nextFree, FSINFO.next);
  bytes.writeUInt32LE(0xaa55_0000, FSINFO.trail);
  return bytes;
}

/** A parsed boot sector. */
export interface BootSector extends FatIdentity, FatGeometry {
  readonly rootCluster: number;
}

/**
 * Reads the boot sector of a FAT32 volume that has `volumeBytes` bytes. Throws `image-corrupt`, also for FAT12, FAT16 and sectors of
 * other sizes: no EFI system partition that Ashlar makes has them.
 */
export function parseBootSector(bytes: Buffer, volumeBytes: number): BootSector {
  check(bytes.length >= SECTOR_BYTES && bytes.readUInt16LE(BOOT.signature) === SIGNATURE, 'its signature is missing');
  check(bytes.readUInt16LE(BOOT.sectorBytes) === SECTOR_BYTES, 'its sectors are not 512 bytes');
  const sectorsPerCluster = bytes.readUInt8(BOOT.sectorsPerCluster);
  check(sectorsPerCluster > 0 && (sectorsPerCluster & (sectorsPerCluster - 1)) === 0, 'its cluster size is impossible');
  const reservedSectors = bytes.readUInt16LE(BOOT.reservedSectors);
  const fatSectors = bytes.readUInt32LE(BOOT.fatSectors32);
  const totalSectors = bytes.readUInt32LE(BOOT.totalSectors32);
  check(bytes.readUInt8(BOOT.fatCount) === FAT_COUNT, 'it has not two FATs');
  check(
    bytes.readUInt16LE(BOOT.rootEntries) === 0 &&
      bytes.readUInt16LE(BOOT.totalSectors16) === 0 &&
      bytes.readUInt16LE(BOOT.fatSectors16) === 0 &&
      bytes.readUInt16LE(BOOT.version) === 0,
    'it is not FAT32',
  );
  check((bytes.readUInt16LE(BOOT.extendedFlags) & 0x80) === 0, 'only one of its FATs is in use');
  check(reservedSectors > FSINFO_SECTOR && fatSectors > 0, 'it has no FAT');
  check(totalSectors * SECTOR_BYTES <= volumeBytes, 'it is larger than the partition');
  const dataSector = reservedSectors + FAT_COUNT * fatSectors;
  const clusterCount = Math.floor((totalSectors - dataSector) / sectorsPerCluster);
  check(clusterCount >= MIN_CLUSTERS && clusterCount <= MAX_CLUSTERS, 'it is not FAT32 by its number of clusters');
  check(
    (clusterCount + FIRST_CLUSTER) * FAT_ENTRY_BYTES <= fatSectors * SECTOR_BYTES,
    'its FAT is too short for its clusters',
  );
  const rootCluster = bytes.readUInt32LE(BOOT.rootCluster);
  check(rootCluster >= FIRST_CLUSTER && rootCluster < clusterCount + FIRST_CLUSTER, 'its root directory lies outside');
  return {
    totalSectors,
    reservedSectors,
    fatSectors,
    clusterBytes: sectorsPerCluster * SECTOR_BYTES,
    clusterCount,
    dataOffset: dataSector * SECTOR_BYTES,
    rootCluster,
    volumeId: bytes.readUInt32LE(BOOT.volumeId),
    label: bytes.toString('latin1', BOOT.label, BOOT.label + LABEL_BYTES).trimEnd(),
  };
}

function check(condition: boolean, why: string): asserts condition {
  if (condition) return;
  throw new AshlarError('image-corrupt', `this is no valid FAT32 volume: ${why}`, {
    hint: 'Expected is an EFI system partition as Ashlar writes it; write the disk anew from the release.',
  });
}
