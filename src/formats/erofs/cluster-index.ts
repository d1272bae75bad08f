import type { ErofsImage } from './erofs-image.ts';
import { imageCorrupt, imageUnsupported } from './image-error.ts';
import type { MapHeader } from './map-header.ts';
import {
  CLUSTER_INDEX,
  CLUSTER_INDEX_BYTES,
  CLUSTER_TYPE,
  CLUSTER_TYPE_MASK,
  COMPRESSED_BLOCKS_BIT,
  DATA_LAYOUT,
  FULL_INDEX_OFFSET,
  MAP_ADVISE,
  MAP_HEADER_BYTES,
  PARTIAL_REFERENCE_BIT,
} from './on-disk.ts';
import { type ErofsInode, inodeName } from './read-inode.ts';

/** What the index says of one logical cluster: a piece begins in it, or it lies inside of a piece. */
export type Cluster = ClusterHead | ClusterInside;

export interface ClusterHead {
  readonly kind: 'head';
  readonly type: 'plain' | 'head1' | 'head2';
  /** Where in the cluster the piece begins. */
  readonly offset: number;
  /** Address of the piece's first block. */
  readonly block: number;
  readonly partial: boolean;
}

export interface ClusterInside {
  readonly kind: 'inside';
  /** Clusters back to the head; undefined where the compact index has none. */
  readonly toHead: number | undefined;
  /** How many blocks the piece has: only in the first cluster behind the head. */
  readonly blocks: number | undefined;
}

/** The index of a compressed inode: where it ends in the image, and what it says, cluster by cluster. */
export interface ClusterIndex {
  readonly end: number;
  readonly clusters: Iterable<Cluster>;
}

type IndexHeader = MapHeader & { kind: 'index' };

/** So much of an index is read at once. */
const READ_BYTES = 65_536;

/** A pack of a compact index: that many clusters share one block address, which follows their fields. */
interface Packing {
  readonly clusters: number;
  readonly bytes: number;
  readonly bitsEach: number;
}
const PACK_OF_2: Packing = { clusters: 2, bytes: 8, bitsEach: 16 };
const PACK_OF_16: Packing = { clusters: 16, bytes: 32, bitsEach: 14 };
/** A cluster's field in a compact index: its low bits are an offset or a distance, the two above its type. */
const FIELD_LOW_BITS = 12;
/** Larger blocks than these need more bits than a compact field has. */
const MAX_COMPACT_BLOCK_BYTES = 1 << FIELD_LOW_BITS;

/** Opens an inode's index. Throws `image-corrupt` when it leaves the image; its iteration throws on what makes no sense. */
export function openClusterIndex(image: ErofsImage, inode: ErofsInode, header: IndexHeader): ClusterIndex {
  const count = Math.ceil(inode.size / image.superblock.blockBytes);
  return inode.layout === DATA_LAYOUT.compressedCompact
    ? openCompact(image, inode, header, count)
    : openFull(image, inode, header, count);
}

function openFull(image: ErofsImage, inode: ErofsInode, header: IndexHeader, count: number): ClusterIndex {
  const start = header.end - MAP_HEADER_BYTES + FULL_INDEX_OFFSET;
  const end = start + count * CLUSTER_INDEX_BYTES;
  checkInside(image, inode, start, end);
  function* clusters(): Generator<Cluster> {
    for (let at = start; at < end; at += READ_BYTES) {
      const bytes = image.bytes(at, Math.min(READ_BYTES, end - at), inodeName(inode.nid));
      for (let entry = 0; entry < bytes.length; entry += CLUSTER_INDEX_BYTES) {
        const advise = bytes.readUInt16LE(entry + CLUSTER_INDEX.advise);
        const type = typeName(advise & CLUSTER_TYPE_MASK);
        if (type === 'inside') {
          yield inside(bytes.readUInt16LE(entry + CLUSTER_INDEX.toHead), header, inode, at + entry);
          continue;
        }
        yield {
          kind: 'head',
          type,
          offset: bytes.readUInt16LE(entry + CLUSTER_INDEX.clusterOffset),
          block: bytes.readUInt32LE(entry + CLUSTER_INDEX.block),
          partial: (advise & PARTIAL_REFERENCE_BIT) !== 0,
        };
      }
    }
  }
  return { end, clusters: clusters() };
}

/**
 * A compact index: packs of 2 clusters up to a multiple of 32 bytes, then packs of 16 as far as they are full (when the header
 * says so), then packs of 2 again.
 */
function openCompact(image: ErofsImage, inode: ErofsInode, header: IndexHeader, count: number): ClusterIndex {
  if (image.superblock.blockBytes > MAX_COMPACT_BLOCK_BYTES) {
    throw imageUnsupported(inodeName(inode.nid), 'a compact index of blocks above 4 KiB');
  }
  const large = (header.advise & MAP_ADVISE.compacted2B) !== 0;
  const beforeAligned = ((PACK_OF_16.bytes - (header.end % PACK_OF_16.bytes)) / 4) & 7;
  const first = Math.min(count, beforeAligned);
  const middle = large ? Math.floor((count - first) / PACK_OF_16.clusters) * PACK_OF_16.clusters : 0;
  const sections: [Packing, number][] = [
    [PACK_OF_2, first],
    [PACK_OF_16, middle],
    [PACK_OF_2, count - first - middle],
  ];
  const bytesOf = ([packing, clusters]: [Packing, number]): number =>
    Math.ceil(clusters / packing.clusters) * packing.bytes;
  const end = sections.reduce((at, section) => at + bytesOf(section), header.end);
  checkInside(image, inode, header.end, end);
  function* clusters(): Generator<Cluster> {
    let at = header.end;
    for (const section of sections) {
      const sectionEnd = at + bytesOf(section);
      let left = section[1];
      while (at < sectionEnd) {
        const bytes = image.bytes(at, Math.min(READ_BYTES, sectionEnd - at), inodeName(inode.nid));
        for (let pack = 0; pack < bytes.length; pack += section[0].bytes) {
          const used = Math.min(left, section[0].clusters);
          yield* unpack(bytes.subarray(pack, pack + section[0].bytes), section[0], used, header, inode, at + pack);
          left -= used;
        }
        at += bytes.length;
      }
    }
  }
  return { end, clusters: clusters() };
}

/**
 * The clusters of one pack. Its block address is where the pieces with a head in it begin: each follows the one before. Without
 * big physical clusters it is one block less, and every piece has one block.
 */
function* unpack(
  pack: Buffer,
  packing: Packing,
  used: number,
  header: IndexHeader,
  inode: ErofsInode,
  offset: number,
): Generator<Cluster> {
  const big = (header.advise & MAP_ADVISE.bigPcluster1) !== 0;
  const field = (index: number): { low: number; type: ReturnType<typeof typeName> } => {
    const bit = index * packing.bitsEach;
    const value = pack.readUInt32LE(bit >> 3) >>> (bit & 7);
    return { low: value & ((1 << FIELD_LOW_BITS) - 1), type: typeName((value >>> FIELD_LOW_BITS) & CLUSTER_TYPE_MASK) };
  };
  let block = pack.readUInt32LE(packing.bytes - 4) + (big ? 0 : 1);
  for (let index = 0; index < used; index++) {
    const { low, type } = field(index);
    if (type !== 'inside') {
      yield { kind: 'head', type, offset: low, block, partial: false };
      // A big piece of more than one cluster says its number of blocks in the next field, if that is in this pack.
      const next = big && index + 1 < used ? field(index + 1) : undefined;
      if (next === undefined || next.type !== 'inside' || (next.low & COMPRESSED_BLOCKS_BIT) === 0) block += 1;
      continue;
    }
    const cluster = inside(low, header, inode, offset);
    block += cluster.blocks ?? 0;
    // The last field of a pack has the distance to the next head instead.
    yield index + 1 === packing.clusters && cluster.blocks === undefined ? { ...cluster, toHead: undefined } : cluster;
  }
}

function inside(value: number, header: IndexHeader, inode: ErofsInode, offset: number): ClusterInside {
  if ((value & COMPRESSED_BLOCKS_BIT) === 0) return { kind: 'inside', toHead: value, blocks: undefined };
  const big = (header.advise & (MAP_ADVISE.bigPcluster1 | MAP_ADVISE.bigPcluster2)) !== 0;
  if (!big) throw imageCorrupt(inodeName(inode.nid), 'a number of blocks in an index without them', offset);
  return { kind: 'inside', toHead: 1, blocks: value & ~COMPRESSED_BLOCKS_BIT };
}

function typeName(type: number): ClusterHead['type'] | 'inside' {
  if (type === CLUSTER_TYPE.plain) return 'plain';
  if (type === CLUSTER_TYPE.head1) return 'head1';
  return type === CLUSTER_TYPE.head2 ? 'head2' : 'inside';
}

function checkInside(image: ErofsImage, inode: ErofsInode, start: number, end: number): void {
  if (end > image.size) throw imageCorrupt(inodeName(inode.nid), 'its cluster index leaves the image', start);
}
