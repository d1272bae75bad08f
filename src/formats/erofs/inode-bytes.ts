import { encodeClusterIndex } from './encode-cluster-index.ts';
import type { InodePlan } from './inode-plan.ts';
import {
  CHUNK_ADDRESS_BYTES,
  COMPACT_INODE,
  COMPACT_INODE_BYTES,
  DATA_LAYOUT,
  DATA_LAYOUT_SHIFT,
  EXTENDED_INODE,
  EXTENDED_INODE_BYTES,
  encodeDevice,
  INODE_EXTENDED_BIT,
  MAP_HEADER_BYTES,
  MODE_TYPE,
  NULL_ADDRESS,
} from './on-disk.ts';

/** What the layout decided for one inode. */
export interface InodePlace {
  readonly nid: number;
  /** First block of its data; undefined when it has none. */
  readonly block: number | undefined;
  /** {@link encodeXattrs} of its attributes. */
  readonly xattrs: Buffer;
}

/** The inode and what describes its data: `plan.headBytes` bytes. Its tail is not among them. */
export function encodeInode(plan: InodePlan, place: InodePlace): Buffer {
  const bytes = Buffer.alloc(plan.headBytes);
  writeInode(bytes, plan, place);
  const ownBytes = plan.isExtended ? EXTENDED_INODE_BYTES : COMPACT_INODE_BYTES;
  const behind = ownBytes + place.xattrs.copy(bytes, ownBytes);
  const { body } = plan;
  if (body.kind === 'encoded' && body.shape.form === 'compressed') {
    const index = encodeClusterIndex(body.shape, place.block ?? 0);
    index.copy(bytes, Math.ceil(behind / MAP_HEADER_BYTES) * MAP_HEADER_BYTES);
  } else if (body.kind === 'sparse') {
    bytes.fill(0xff, behind); // every chunk a hole
    let block = place.block ?? 0;
    for (const chunk of body.plan.filled) {
      bytes.writeUInt32LE(block, behind + chunk.index * CHUNK_ADDRESS_BYTES);
      block += chunk.blocks;
    }
  }
  return bytes;
}

function writeInode(bytes: Buffer, plan: InodePlan, place: InodePlace): void {
  const { node, links } = plan.inode;
  const format = (plan.isExtended ? INODE_EXTENDED_BIT : 0) | (dataLayout(plan) << DATA_LAYOUT_SHIFT);
  const xattrCount = plan.xattrs.bytes === 0 ? 0 : 1 + (plan.xattrs.bytes - 12) / 4;
  // The inode's number for old 32-bit callers: taken from its place, so that a new file elsewhere does not change it.
  const ino = place.nid >>> 0;
  const offsets = plan.isExtended ? EXTENDED_INODE : COMPACT_INODE;
  bytes.writeUInt16LE(format, offsets.format);
  bytes.writeUInt16LE(xattrCount, offsets.xattrCount);
  bytes.writeUInt16LE(MODE_TYPE[node.type] | node.mode, offsets.mode);
  bytes.writeUInt32LE(inodeUnion(plan, place), offsets.union);
  bytes.writeUInt32LE(ino, offsets.ino);
  if (!plan.isExtended) {
    bytes.writeUInt16LE(links, COMPACT_INODE.links);
    bytes.writeUInt32LE(plan.body.size, COMPACT_INODE.size);
    bytes.writeUInt16LE(node.uid, COMPACT_INODE.uid);
    bytes.writeUInt16LE(node.gid, COMPACT_INODE.gid);
    return;
  }
  bytes.writeBigUInt64LE(BigInt(plan.body.size), EXTENDED_INODE.size);
  bytes.writeUInt32LE(node.uid, EXTENDED_INODE.uid);
  bytes.writeUInt32LE(node.gid, EXTENDED_INODE.gid);
  bytes.writeBigInt64LE(node.mtime.seconds, EXTENDED_INODE.mtime);
  bytes.writeUInt32LE(node.mtime.nanoseconds, EXTENDED_INODE.mtimeNanoseconds);
  bytes.writeUInt32LE(links, EXTENDED_INODE.links);
}

function dataLayout({ body, tailBytes }: InodePlan): number {
  if (body.kind === 'sparse') return DATA_LAYOUT.chunkBased;
  if (body.kind === 'encoded' && body.shape.form === 'compressed') return DATA_LAYOUT.compressedFull;
  return tailBytes > 0 ? DATA_LAYOUT.flatInline : DATA_LAYOUT.flatPlain;
}

function inodeUnion({ inode: { node }, body, dataBlocks }: InodePlan, { block }: InodePlace): number {
  if (node.type === 'block' || node.type === 'character') return encodeDevice(node.major, node.minor);
  if (body.kind === 'sparse') return body.plan.chunkBlockBits;
  if (body.kind === 'encoded' && body.shape.form === 'compressed') return dataBlocks;
  return block ?? NULL_ADDRESS;
}
