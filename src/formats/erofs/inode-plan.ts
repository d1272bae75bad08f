import { type ByteString, display } from '../../model/byte-string.ts';
import type { FileContent, Metadata, Timestamp } from '../../model/tree.ts';
import { type DirectoryPlan, planDirectory } from './directory-blocks.ts';
import { clusterIndexBytes } from './encode-cluster-index.ts';
import type { EncodedShape } from './encoded-file.ts';
import type { Inode } from './inventory.ts';
import type { MetadataDemand } from './layout.ts';
import {
  BLOCK_BYTES,
  CHUNK_ADDRESS_BYTES,
  COMPACT_INODE_BYTES,
  EXTENDED_INODE_BYTES,
  MAP_HEADER_BYTES,
} from './on-disk.ts';
import { planSparse, type SparsePlan } from './sparse-chunks.ts';
import { unsupported } from './unsupported.ts';
import type { XattrPlan } from './xattr-plan.ts';

/** What an inode's bytes are made of. `size` is `st_size`. */
export type InodeBody =
  | { readonly kind: 'empty'; readonly size: 0 }
  | { readonly kind: 'directory'; readonly size: number; readonly plan: DirectoryPlan }
  | { readonly kind: 'symlink'; readonly size: number; readonly target: ByteString }
  | { readonly kind: 'encoded'; readonly size: number; readonly content: FileContent; readonly shape: EncodedShape }
  | {
      readonly kind: 'sparse';
      readonly size: number;
      readonly content: Extract<FileContent, { kind: 'sparse' }>;
      readonly plan: SparsePlan;
    };

/** An inode with everything known but where it and its data will lie. */
export interface InodePlan extends MetadataDemand {
  readonly inode: Inode;
  readonly body: InodeBody;
  readonly xattrs: XattrPlan;
  readonly isExtended: boolean;
  /** Blocks of data, 0 when all of it lies behind the inode. */
  readonly dataBlocks: number;
}

/** What decides whether an inode can be a compact one, and where the root must fit. */
export interface InodePlanContext {
  readonly buildTime: Timestamp;
  readonly shapeOf: (content: FileContent) => EncodedShape;
  /** Bytes that the inode and what lies behind it may take when it is to have a tail that is not a file's. */
  readonly room: number;
}

const MAX_LINKS_COMPACT = 0xffff;
const MAX_ID_COMPACT = 0xffff;
const MAX_SIZE_COMPACT = 0xffffffff;
const MAX_SYMLINK_BYTES = 4095;
const MAX_MAJOR = 0xfff;
const MAX_MINOR = 0xfffff;

export function planInode(inode: Inode, xattrs: XattrPlan, context: InodePlanContext): InodePlan {
  const body = bodyOf(inode, context);
  const isExtended = !fitsCompact(inode.node, inode.links, body.size, context.buildTime);
  const ownBytes = (isExtended ? EXTENDED_INODE_BYTES : COMPACT_INODE_BYTES) + xattrs.bytes;
  return {
    key: `inode:${inode.path}`,
    inode,
    body,
    xattrs,
    isExtended,
    ...placedBody(body, inode, ownBytes, context.room),
  };
}

function bodyOf({ node, path, entries }: Inode, context: InodePlanContext): InodeBody {
  switch (node.type) {
    case 'directory': {
      const plan = planDirectory(entries);
      return { kind: 'directory', size: plan.size, plan };
    }
    case 'symlink':
      if (node.target.length === 0 || node.target.length > MAX_SYMLINK_BYTES || node.target.includes('\0')) {
        throw unsupported(`/${display(path)}: a symbolic link's target has 1 to ${MAX_SYMLINK_BYTES} bytes, none zero`);
      }
      return { kind: 'symlink', size: node.target.length, target: node.target };
    case 'file': {
      const { content } = node;
      if (content.kind === 'sparse') {
        return { kind: 'sparse', size: content.size, content, plan: planSparse(content, path) };
      }
      return { kind: 'encoded', size: content.size, content, shape: context.shapeOf(content) };
    }
    case 'block':
    case 'character':
      if (node.major > MAX_MAJOR || node.minor > MAX_MINOR) {
        throw unsupported(`/${display(path)}: device ${node.major}:${node.minor} has too large a number`);
      }
      return { kind: 'empty', size: 0 };
    case 'fifo':
    case 'socket':
      return { kind: 'empty', size: 0 };
  }
}

/** A compact inode has the build time as its mtime, 16-bit ids and links, and a 32-bit size. */
function fitsCompact(node: Metadata, links: number, size: number, buildTime: Timestamp): boolean {
  return (
    node.uid <= MAX_ID_COMPACT &&
    node.gid <= MAX_ID_COMPACT &&
    links <= MAX_LINKS_COMPACT &&
    size <= MAX_SIZE_COMPACT &&
    node.mtime.seconds === buildTime.seconds &&
    node.mtime.nanoseconds === buildTime.nanoseconds
  );
}

/** How much lies behind the inode, and how many blocks elsewhere. */
function placedBody(
  body: InodeBody,
  inode: Inode,
  ownBytes: number,
  room: number,
): Pick<InodePlan, 'headBytes' | 'tailBytes' | 'dataBlocks' | 'data'> {
  switch (body.kind) {
    case 'empty':
      return { headBytes: ownBytes, tailBytes: 0, dataBlocks: 0 };
    case 'directory':
    case 'symlink': {
      const remainder = body.size % BLOCK_BYTES;
      const hasTail = ownBytes + remainder <= room && remainder > 0;
      const dataBlocks = hasTail ? Math.floor(body.size / BLOCK_BYTES) : Math.ceil(body.size / BLOCK_BYTES);
      return {
        headBytes: ownBytes,
        tailBytes: hasTail ? remainder : 0,
        dataBlocks,
        data: dataBlocks > 0 ? `${body.kind}:${inode.path}` : undefined,
      };
    }
    case 'encoded': {
      const { shape } = body;
      return {
        headBytes:
          shape.form === 'flat' ? ownBytes : alignUp(ownBytes, MAP_HEADER_BYTES) + clusterIndexBytes(shape.size),
        tailBytes: shape.tailBytes,
        dataBlocks: shape.dataBlocks,
        data: shape.dataBlocks > 0 ? `file:${shape.dataDigest}` : undefined,
      };
    }
    case 'sparse': {
      const { plan } = body;
      return {
        headBytes: ownBytes + plan.chunks * CHUNK_ADDRESS_BYTES,
        tailBytes: 0,
        dataBlocks: plan.dataBlocks,
        data: plan.dataBlocks > 0 ? `sparse:${plan.key}` : undefined,
      };
    }
  }
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
