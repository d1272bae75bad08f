/**
 * EROFS as it lies on the disk: offsets in bytes within each structure, flags and limits. All integers are little-endian.
 * Source: the format's kernel header (`fs/erofs/erofs_fs.h`, Linux 6.12) and `Documentation/filesystems/erofs.rst`. Nothing newer
 * than 6.12 is listed: an image with such a feature is refused by the kernels that Ashlar ships.
 */

/** Ashlar writes 4 KiB blocks, which is also what dm-verity hashes. Readers take the size from the superblock. */
export const BLOCK_BITS = 12;
export const BLOCK_BYTES = 1 << BLOCK_BITS;
/** An inode's number (nid) counts slots of 32 bytes from the start of the metadata area. */
export const SLOT_BITS = 5;
export const SLOT_BYTES = 1 << SLOT_BITS;

export const SUPERBLOCK_OFFSET = 1024;
export const SUPERBLOCK_BYTES = 128;
/** Extra superblock space is counted in slots of this size (`extSlots`). */
export const SUPERBLOCK_EXTENSION_BYTES = 16;
export const MAGIC = 0xe0f5e1e2;

/** Offsets in the superblock. */
export const SUPERBLOCK = {
  magic: 0, // u32
  checksum: 4, // u32: CRC-32C, not inverted at the end, of the rest of the superblock's block with this field zero
  featureCompat: 8, // u32
  blockBits: 12, // u8: log2 of the block size
  extSlots: 13, // u8
  rootNid: 14, // u16
  inodes: 16, // u64
  buildTime: 24, // i64: seconds; compact inodes have it as their mtime
  buildTimeNanoseconds: 32, // u32
  blocks: 36, // u32
  metaBlock: 40, // u32: block address of nid 0
  xattrBlock: 44, // u32: block address of shared xattr 0
  uuid: 48, // 16 bytes
  volumeName: 64, // 16 bytes, zero-padded
  featureIncompat: 80, // u32
  algorithms: 84, // u16: bit set of algorithms when COMPR_CFGS is set, otherwise LZ4's largest distance (0: 65535)
  extraDevices: 86, // u16
  deviceTableSlot: 88, // u16: in units of 128 bytes
  directoryBlockBits: 90, // u8: 0 for directory blocks of one block
  xattrPrefixCount: 91, // u8
  xattrPrefixStart: 92, // u32: in units of 4 bytes
  packedNid: 96, // u64
  xattrFilterReserved: 104, // u8
} as const;
/**
 * Bytes that a volume name may have: one less than its field. Linux up to 6.12 at least refuses an image whose name has no zero after it
 * (fs/erofs/super.c: “bad volume name without NIL terminator”).
 */
export const VOLUME_NAME_BYTES = 15;

/** Bits of `featureCompat`: a kernel that does not know them may still mount. */
export const FEATURE_COMPAT = { superblockChecksum: 0x1, mtime: 0x2, xattrFilter: 0x4 } as const;

/** Bits of `featureIncompat`. Bits that share a value came together and are told apart by what else is there. */
export const FEATURE_INCOMPAT = {
  zeroPadding: 0x1, // compressed data lies at the end of its blocks, zeros before it
  comprCfgs: 0x2, // one configuration record an algorithm follows the superblock
  bigPcluster: 0x2, // physical clusters of several blocks
  chunkedFile: 0x4,
  deviceTable: 0x8,
  comprHead2: 0x8,
  ztailpacking: 0x10, // the last compressed piece lies in the inode
  fragments: 0x20,
  dedupe: 0x20,
  xattrPrefixes: 0x40,
} as const;
/** Every incompatible feature that Linux 6.12 knows. */
export const FEATURE_INCOMPAT_ALL = 0x7f;

/** Compression algorithms: numbers in `algorithms` (as bits) and in a map header. */
export const ALGORITHM = { lz4: 0, lzma: 1, deflate: 2, zstd: 3 } as const;

/**
 * Configuration records lie behind the superblock in the order of their algorithms' bits: u16 length, then that many bytes.
 * Offsets below are behind the length.
 */
export const LZ4_CONFIG = { maxDistance: 0, maxPclusterBlocks: 2, bytes: 14 } as const; // u16, u16
export const ZSTD_CONFIG = { format: 0, windowLogMinus10: 1, bytes: 6 } as const; // u8 (0), u8
export const ZSTD_WINDOW_LOG_BASE = 10;

/** `format` of an inode: bit 0 says extended, bits 1–3 are the data layout; other bits must be zero in Linux 6.12. */
export const INODE_EXTENDED_BIT = 0x1;
export const DATA_LAYOUT_SHIFT = 1;
export const DATA_LAYOUT_MASK = 0x7;
export const DATA_LAYOUT = {
  flatPlain: 0, // data in consecutive blocks
  compressedFull: 1, // 8-byte index per logical cluster
  flatInline: 2, // as plain, the tail after the last whole block lies behind inode and xattrs
  compressedCompact: 3, // 2- or 4-byte indexes
  chunkBased: 4,
} as const;

export const COMPACT_INODE_BYTES = 32;
/** Offsets in a compact inode, used when sizes and ids fit 16 or 32 bits and the mtime is the superblock's build time. */
export const COMPACT_INODE = {
  format: 0, // u16
  xattrCount: 2, // u16: 0 none, else 1 + (xattr bytes − 12) / 4
  mode: 4, // u16
  links: 6, // u16
  size: 8, // u32
  union: 16, // u32: see INODE_UNION
  ino: 20, // u32: only for 32-bit stat
  uid: 24, // u16
  gid: 26, // u16
} as const;

export const EXTENDED_INODE_BYTES = 64;
export const EXTENDED_INODE = {
  format: 0, // u16
  xattrCount: 2, // u16
  mode: 4, // u16
  size: 8, // u64
  union: 16, // u32
  ino: 20, // u32
  uid: 24, // u32
  gid: 28, // u32
  mtime: 32, // i64: seconds
  mtimeNanoseconds: 40, // u32
  links: 44, // u32
} as const;
/**
 * What an inode's 32-bit `union` is: flat layouts: address of the first data block; compressed: number of compressed blocks;
 * devices: {@link encodeDevice}'s number; chunk-based: u16 {@link CHUNK_FORMAT}, u16 zero.
 */
export const INODE_UNION_BYTES = 4;
/** A block address that stands for a hole (in chunk maps), and for "no block" in an inode without data blocks. */
export const NULL_ADDRESS = 0xffffffff;

/** Chunk format: log2 of blocks a chunk, and whether entries are 8-byte indexes instead of 4-byte block addresses. */
export const CHUNK_FORMAT = { blockBitsMask: 0x1f, indexes: 0x20 } as const;
export const CHUNK_ADDRESS_BYTES = 4;
/** 8-byte chunk index: u16 advise (0), u16 device, u32 block address. */
export const CHUNK_INDEX = { device: 2, block: 4, bytes: 8 } as const;

/** Types of files in `mode`, as POSIX has them. */
export const MODE_TYPE = {
  mask: 0o170000,
  fifo: 0o010000,
  character: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
} as const;

/** Directory entry, 12 bytes. A block has all its entries, then all their names, sorted as bytes; zeros fill the rest. */
export const DIRENT_BYTES = 12;
export const DIRENT = {
  nid: 0, // u64
  nameOffset: 8, // u16: from the block's start; the first entry's tells the number of entries
  type: 10, // u8
} as const;
export const DIRENT_TYPE = {
  file: 1,
  directory: 2,
  character: 3,
  block: 4,
  fifo: 5,
  socket: 6,
  symlink: 7,
} as const;
export const NAME_MAX_BYTES = 255;

/** Header of the xattrs behind an inode: u32 name filter, u8 count of shared ones, 7 zero bytes, then u32 ids of the shared. */
export const XATTR_HEADER_BYTES = 12;
export const XATTR_HEADER = { nameFilter: 0, sharedCount: 4 } as const;
export const XATTR_SHARED_ID_BYTES = 4;
/** A shared xattr's id counts units of 4 bytes from the start of block `xattrBlock`. */
export const XATTR_ALIGN = 4;
/** Entry: u8 length of the name behind its prefix, u8 prefix, u16 size of the value, name, value, zeros up to 4 bytes. */
export const XATTR_ENTRY = { nameLength: 0, prefix: 1, valueSize: 2, bytes: 4 } as const;
/** Prefix numbers. Those of ACLs are whole names. */
export const XATTR_PREFIX = {
  'user.': 1,
  'system.posix_acl_access': 2,
  'system.posix_acl_default': 3,
  'trusted.': 4,
  'security.': 6,
} as const;
/** Set in an entry's prefix when the rest is an index into the long prefixes. */
export const XATTR_LONG_PREFIX_BIT = 0x80;

/** Header of the map of a compressed inode; lies behind the xattrs, aligned to 8. */
export const MAP_HEADER_BYTES = 8;
export const MAP_HEADER = {
  inlineDataSize: 2, // u16: bytes of the last piece when it lies in the inode
  advise: 4, // u16: MAP_ADVISE
  algorithms: 6, // u8: bits 0–3 of head type 1, bits 4–7 of head type 2
  clusterBits: 7, // u8: bits 0–2: log2 of the logical cluster − 12; bit 7: whole file in the packed inode
} as const;
/** The full index begins this far behind the map header's start (8 bytes are reserved between them). */
export const FULL_INDEX_OFFSET = 16;

export const MAP_ADVISE = {
  compacted2B: 0x1,
  bigPcluster1: 0x2,
  bigPcluster2: 0x4,
  inlinePcluster: 0x8,
  interlacedPcluster: 0x10,
  fragmentPcluster: 0x20,
} as const;

/** Full index of one logical cluster. */
export const CLUSTER_INDEX_BYTES = 8;
export const CLUSTER_INDEX = {
  advise: 0, // u16: bits 0–1 CLUSTER_TYPE
  clusterOffset: 2, // u16: where in this cluster the piece begins that has its head here
  block: 4, // u32, heads: first block of the piece
  toHead: 4, // u16, others: clusters back to the head; in the first behind a head: COMPRESSED_BLOCKS_BIT | blocks
  toNextHead: 6, // u16, others: clusters forward to the next head
} as const;
export const CLUSTER_TYPE = { plain: 0, head1: 1, nonHead: 2, head2: 3 } as const;
export const CLUSTER_TYPE_MASK = 0x3;
export const PARTIAL_REFERENCE_BIT = 0x8000;
export const COMPRESSED_BLOCKS_BIT = 0x800;

/** Largest physical cluster and largest decompressed piece that Linux accepts. */
export const PCLUSTER_MAX_BYTES = 1 << 20;
export const PCLUSTER_MAX_DECODED_BYTES = 12 << 20;

/** A device number as the kernel's `new_encode_dev` has it: 12 bits of major, 20 bits of minor. */
export function encodeDevice(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

/** The reverse of {@link encodeDevice}. */
export function decodeDevice(encoded: number): { major: number; minor: number } {
  return { major: (encoded >>> 8) & 0xfff, minor: (encoded & 0xff) | ((encoded >>> 12) & 0xfff00) };
}
