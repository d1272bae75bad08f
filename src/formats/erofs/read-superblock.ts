import type { Timestamp } from '../../model/tree.ts';
import type { ReadAt } from '../read-at.ts';
import { type Uuid, uuidFromBytes } from '../uuid.ts';
import { crc32c } from './crc32c.ts';
import { imageCorrupt, imageUnsupported } from './image-error.ts';
import {
  ALGORITHM,
  FEATURE_COMPAT,
  FEATURE_INCOMPAT,
  FEATURE_INCOMPAT_ALL,
  MAGIC,
  SUPERBLOCK,
  SUPERBLOCK_BYTES,
  SUPERBLOCK_EXTENSION_BYTES,
  SUPERBLOCK_OFFSET,
} from './on-disk.ts';

/** What a superblock says, checked. */
export interface Superblock {
  readonly blockBytes: number;
  /** Blocks of the file system: the image may be longer, never shorter. */
  readonly blocks: number;
  readonly rootNid: number;
  /** How many inodes there are, as the image claims. */
  readonly inodes: number;
  /** The mtime of compact inodes. */
  readonly buildTime: Timestamp;
  /** Byte address of nid 0. */
  readonly metaOffset: number;
  /** Byte address that ids of shared xattrs count from. */
  readonly xattrOffset: number;
  readonly uuid: Uuid;
  readonly volumeName: string;
  readonly featureIncompat: number;
  /** Algorithms that the image says it uses, as bits ({@link ALGORITHM}). */
  readonly algorithms: number;
  /** The inode that holds fragments, 0 for none. */
  readonly packedNid: number;
  readonly checksum: 'right' | 'wrong' | 'absent';
}

/** Blocks of 512 bytes to 64 KiB: what Linux accepts on some machine. */
const BLOCK_BITS = { least: 9, most: 16 } as const;
const WHERE = 'superblock';
/** Until superblocks carry the set, an image is compressed by LZ4 alone. */
const LZ4_ONLY = 1 << ALGORITHM.lz4;

/**
 * Reads and checks the superblock of an image of `size` bytes. A wrong checksum is told, not thrown: {@link openErofs} refuses it,
 * a check reports it. Throws `image-corrupt` and `image-unsupported`.
 */
export function readSuperblock(read: ReadAt, size: number): Superblock {
  if (size < SUPERBLOCK_OFFSET + SUPERBLOCK_BYTES)
    throw imageCorrupt(WHERE, 'the image is too short to have one', size);
  const bytes = read(SUPERBLOCK_OFFSET, SUPERBLOCK_BYTES);
  const corrupt = (what: string, field: number): Error => imageCorrupt(WHERE, what, SUPERBLOCK_OFFSET + field);
  if (bytes.readUInt32LE(SUPERBLOCK.magic) !== MAGIC) throw corrupt('this is not an EROFS image', SUPERBLOCK.magic);

  const blockBits = bytes.readUInt8(SUPERBLOCK.blockBits);
  if (blockBits < BLOCK_BITS.least || blockBits > BLOCK_BITS.most) {
    throw corrupt(`a block of 2^${blockBits} bytes`, SUPERBLOCK.blockBits);
  }
  const blockBytes = 1 << blockBits;
  const featureIncompat = bytes.readUInt32LE(SUPERBLOCK.featureIncompat);
  const unknown = featureIncompat & ~FEATURE_INCOMPAT_ALL;
  if (unknown !== 0) throw imageUnsupported(WHERE, `feature 0x${(unknown >>> 0).toString(16)}`);
  if (bytes.readUInt16LE(SUPERBLOCK.extraDevices) !== 0) throw imageUnsupported(WHERE, 'an image on several devices');
  if (bytes.readUInt8(SUPERBLOCK.directoryBlockBits) !== 0) throw imageUnsupported(WHERE, 'larger directory blocks');
  if (bytes.readUInt8(SUPERBLOCK.xattrPrefixCount) !== 0) throw imageUnsupported(WHERE, 'a table of xattr prefixes');

  const blocks = bytes.readUInt32LE(SUPERBLOCK.blocks);
  if (blocks * blockBytes > size) throw corrupt(`it has ${blocks} blocks, and the image is shorter`, SUPERBLOCK.blocks);
  const inodes = bytes.readBigUInt64LE(SUPERBLOCK.inodes);
  const packedNid = bytes.readBigUInt64LE(SUPERBLOCK.packedNid);
  // An inode takes a slot of 32 bytes at least, so no honest number comes near this.
  if (inodes > BigInt(size)) throw corrupt('more inodes than bytes', SUPERBLOCK.inodes);
  const hasFragments = (featureIncompat & FEATURE_INCOMPAT.fragments) !== 0;
  if (hasFragments && packedNid > BigInt(size)) throw corrupt('the packed inode is out of range', SUPERBLOCK.packedNid);
  const nanoseconds = bytes.readUInt32LE(SUPERBLOCK.buildTimeNanoseconds);
  if (nanoseconds >= 1e9) throw corrupt('nanoseconds of a second or more', SUPERBLOCK.buildTimeNanoseconds);
  return {
    blockBytes,
    blocks,
    rootNid: bytes.readUInt16LE(SUPERBLOCK.rootNid),
    inodes: Number(inodes),
    buildTime: { seconds: bytes.readBigInt64LE(SUPERBLOCK.buildTime), nanoseconds },
    metaOffset: bytes.readUInt32LE(SUPERBLOCK.metaBlock) * blockBytes,
    xattrOffset: bytes.readUInt32LE(SUPERBLOCK.xattrBlock) * blockBytes,
    uuid: uuidFromBytes(bytes.subarray(SUPERBLOCK.uuid, SUPERBLOCK.volumeName)),
    volumeName: bytes.toString('latin1', SUPERBLOCK.volumeName, SUPERBLOCK.featureIncompat).replace(/\0.*$/s, ''),
    featureIncompat,
    algorithms:
      (featureIncompat & FEATURE_INCOMPAT.comprCfgs) === 0 ? LZ4_ONLY : bytes.readUInt16LE(SUPERBLOCK.algorithms),
    packedNid: hasFragments ? Number(packedNid) : 0,
    checksum: checksumOf(read, size, blockBytes, bytes),
  };
}

/** The checksum covers the superblock's block from the superblock on, its own field as zero. */
function checksumOf(read: ReadAt, size: number, blockBytes: number, superblock: Buffer): Superblock['checksum'] {
  if ((superblock.readUInt32LE(SUPERBLOCK.featureCompat) & FEATURE_COMPAT.superblockChecksum) === 0) return 'absent';
  const extension = superblock.readUInt8(SUPERBLOCK.extSlots) * SUPERBLOCK_EXTENSION_BYTES;
  // In blocks smaller than where the superblock lies it reaches to the end of the superblock.
  const end = blockBytes > SUPERBLOCK_OFFSET ? blockBytes : SUPERBLOCK_OFFSET + SUPERBLOCK_BYTES + extension;
  if (end > size) return 'wrong';
  const covered = Buffer.from(read(SUPERBLOCK_OFFSET, end - SUPERBLOCK_OFFSET));
  covered.writeUInt32LE(0, SUPERBLOCK.checksum);
  return crc32c(0xffffffff, covered) === superblock.readUInt32LE(SUPERBLOCK.checksum) ? 'right' : 'wrong';
}
