import type { Timestamp } from '../../model/tree.ts';
import { crc32c } from './crc32c.ts';
import { LZ4_MAX_DISTANCE } from './lz4-encode.ts';
import {
  ALGORITHM,
  BLOCK_BITS,
  FEATURE_COMPAT,
  FEATURE_INCOMPAT,
  LZ4_CONFIG,
  MAGIC,
  SUPERBLOCK,
  SUPERBLOCK_BYTES,
  SUPERBLOCK_OFFSET,
  ZSTD_CONFIG,
  ZSTD_WINDOW_LOG_BASE,
} from './on-disk.ts';
import { ZSTD_WINDOW_LOG } from './zstd-cutter.ts';

/** What the superblock says of an image. */
export interface SuperblockFields {
  readonly rootNid: number;
  readonly inodes: number;
  readonly blocks: number;
  readonly buildTime: Timestamp;
  /** 16 bytes. */
  readonly uuid: Buffer;
  /** At most 16 bytes. */
  readonly volumeName: Buffer;
  /** The algorithms that compressed files use. */
  readonly algorithms: ReadonlySet<'lz4' | 'zstd'>;
  /** Blocks of the largest compressed piece. */
  readonly maxPieceBlocks: number;
  readonly hasTails: boolean;
  readonly hasChunks: boolean;
}

/** Superblock and configurations end before this position, whatever the compression: the root inode begins here. */
export const SUPERBLOCK_END = 1184;

/**
 * Writes the superblock into `block`, the image's first block with everything else already in it, because the checksum covers
 * the whole of it.
 */
export function writeSuperblock(block: Buffer, fields: SuperblockFields): void {
  const bytes = block.subarray(SUPERBLOCK_OFFSET);
  const isCompressed = fields.algorithms.size > 0;
  let incompat = 0;
  if (isCompressed) incompat |= FEATURE_INCOMPAT.zeroPadding | FEATURE_INCOMPAT.comprCfgs;
  if (fields.hasTails) incompat |= FEATURE_INCOMPAT.ztailpacking;
  if (fields.hasChunks) incompat |= FEATURE_INCOMPAT.chunkedFile;
  bytes.writeUInt32LE(MAGIC, SUPERBLOCK.magic);
  bytes.writeUInt32LE(FEATURE_COMPAT.superblockChecksum | FEATURE_COMPAT.mtime, SUPERBLOCK.featureCompat);
  bytes.writeUInt8(BLOCK_BITS, SUPERBLOCK.blockBits);
  bytes.writeUInt16LE(fields.rootNid, SUPERBLOCK.rootNid);
  bytes.writeBigUInt64LE(BigInt(fields.inodes), SUPERBLOCK.inodes);
  bytes.writeBigInt64LE(fields.buildTime.seconds, SUPERBLOCK.buildTime);
  bytes.writeUInt32LE(fields.buildTime.nanoseconds, SUPERBLOCK.buildTimeNanoseconds);
  bytes.writeUInt32LE(fields.blocks, SUPERBLOCK.blocks);
  // Numbers of inodes and of shared xattrs count from the start of the image: both may lie anywhere.
  bytes.writeUInt32LE(0, SUPERBLOCK.metaBlock);
  bytes.writeUInt32LE(0, SUPERBLOCK.xattrBlock);
  fields.uuid.copy(bytes, SUPERBLOCK.uuid);
  fields.volumeName.copy(bytes, SUPERBLOCK.volumeName);
  bytes.writeUInt32LE(incompat, SUPERBLOCK.featureIncompat);
  writeConfigs(bytes, fields);
  bytes.writeUInt32LE(0, SUPERBLOCK.checksum);
  bytes.writeUInt32LE(crc32c(0xffffffff, bytes), SUPERBLOCK.checksum);
}

function writeConfigs(bytes: Buffer, { algorithms, maxPieceBlocks }: SuperblockFields): void {
  let at = SUPERBLOCK_BYTES;
  let bits = 0;
  if (algorithms.has('lz4')) {
    bits |= 1 << ALGORITHM.lz4;
    at = bytes.writeUInt16LE(LZ4_CONFIG.bytes, at);
    bytes.writeUInt16LE(LZ4_MAX_DISTANCE, at + LZ4_CONFIG.maxDistance);
    bytes.writeUInt16LE(maxPieceBlocks, at + LZ4_CONFIG.maxPclusterBlocks);
    at += LZ4_CONFIG.bytes;
  }
  if (algorithms.has('zstd')) {
    bits |= 1 << ALGORITHM.zstd;
    at = bytes.writeUInt16LE(ZSTD_CONFIG.bytes, at);
    bytes.writeUInt8(ZSTD_WINDOW_LOG - ZSTD_WINDOW_LOG_BASE, at + ZSTD_CONFIG.windowLogMinus10);
  }
  bytes.writeUInt16LE(bits, SUPERBLOCK.algorithms);
}
