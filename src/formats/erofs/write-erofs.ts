import { display } from '../../model/byte-string.ts';
import type { DirectoryNode, FileContent, Timestamp } from '../../model/tree.ts';
import { encodeDirectory } from './directory-blocks.ts';
import type { EncodedFile, EncodedShape } from './encoded-file.ts';
import { encodeInode } from './inode-bytes.ts';
import { type InodePlan, planInode } from './inode-plan.ts';
import { type Inode, takeInventory } from './inventory.ts';
import { type DataDemand, type Layout, layOut, type MetadataDemand } from './layout.ts';
import { BLOCK_BYTES, NULL_ADDRESS, SLOT_BYTES, VOLUME_NAME_BYTES, XATTR_ALIGN } from './on-disk.ts';
import type { Placement } from './placement.ts';
import { chunkBytesOf } from './sparse-chunks.ts';
import { SUPERBLOCK_END, writeSuperblock } from './superblock-bytes.ts';
import { unsupported } from './unsupported.ts';
import { encodeXattrs, planXattrs, type XattrEntry, type XattrPlan } from './xattr-plan.ts';

export interface ErofsOptions {
  /** 16 bytes. */
  readonly uuid: Buffer;
  /** At most 16 bytes of UTF-8. */
  readonly volumeName: string;
  /** Files with exactly this mtime get the small form of an inode. */
  readonly buildTime: Timestamp;
  /** Where things lay in the previous image: what is unchanged stays there. */
  readonly previous?: Placement | undefined;
}

/** The contents of regular files, encoded. Sparse files are not asked for. */
export interface EncodedContents {
  /** Sizes, needed for every file before anything is written. */
  shapeOf(content: FileContent): EncodedShape;
  /** Bytes, asked for once a file while writing and not kept. */
  encodedOf(content: FileContent): EncodedFile;
}

/** Where an image is written to. What is not written must read as zeros. */
export interface ImageSink {
  /** Writes `bytes` at `position` (a multiple of 4096, as is the length). Positions come in no order, and each once. */
  write(position: number, bytes: Uint8Array): void;
}

export interface WrittenImage {
  /** Bytes of the image, a multiple of 4096. */
  readonly size: number;
  readonly inodes: number;
  /** For the next image's `previous`. */
  readonly placement: Placement;
  /** Blocks of the image that nothing uses (only with `previous`). */
  readonly unusedBlocks: number;
}

const XATTR_KEY = 'xattr:';

/**
 * Writes `root` as an EROFS image of 4 KiB blocks. Deterministic: equal arguments give equal bytes; nothing else enters.
 * Memory: the metadata (about a tenth of a compressed system) and one file at a time.
 *
 * @throws AshlarError `tree-unsupported` when EROFS cannot hold what is in the tree.
 */
export function writeErofs(
  root: DirectoryNode,
  options: ErofsOptions,
  contents: EncodedContents,
  sink: ImageSink,
): WrittenImage {
  const plans = planInodes(takeInventory(root), options, contents);
  const xattrs = sharedXattrs(plans);
  const layout = layOut(SUPERBLOCK_END, [...plans, ...xattrs], dataDemands(plans), options.previous);
  if (layout.blocks >= NULL_ADDRESS) {
    throw unsupported(`The image would have ${layout.blocks} blocks, more than EROFS counts`);
  }
  const image = createMetadataImage(layout);
  for (const { key, entry } of xattrs) image.write(layout.metadata.get(key)!.position, entry.bytes);
  writeInodes(plans, layout, contents, image, sink);
  writeSuperblock(image.block(0), superblockFields(plans, layout, options));
  image.flush(sink);
  return {
    size: layout.blocks * BLOCK_BYTES,
    inodes: plans.length,
    placement: layout,
    unusedBlocks: layout.unusedBlocks,
  };
}

function planInodes(inodes: readonly Inode[], options: ErofsOptions, contents: EncodedContents): readonly InodePlan[] {
  const xattrs = planXattrs(inodes);
  const shapeOf = (content: FileContent): EncodedShape => contents.shapeOf(content);
  return inodes.map((inode, index) =>
    planInode(inode, xattrs.get(inode)!, {
      buildTime: options.buildTime,
      shapeOf,
      // The root lies behind the superblock: its entries get a block of their own when they do not fit there.
      room: index === 0 ? BLOCK_BYTES - SUPERBLOCK_END : BLOCK_BYTES,
    }),
  );
}

function sharedXattrs(plans: readonly InodePlan[]): readonly (MetadataDemand & { readonly entry: XattrEntry })[] {
  const entries = new Map<string, XattrEntry>();
  for (const plan of plans) for (const entry of plan.xattrs.shared) entries.set(entry.key, entry);
  return [...entries.values()]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map((entry) => ({ key: XATTR_KEY + entry.key, headBytes: entry.bytes.length, tailBytes: 0, entry }));
}

function dataDemands(plans: readonly InodePlan[]): readonly DataDemand[] {
  const demands = new Map<string, DataDemand>();
  for (const { data, dataBlocks } of plans) {
    if (data !== undefined && !demands.has(data)) demands.set(data, { key: data, blocks: dataBlocks });
  }
  return [...demands.values()];
}

/** The blocks of an image that hold metadata, in memory until all of it is known. */
interface MetadataImage {
  block(index: number): Buffer;
  write(position: number, bytes: Buffer): void;
  flush(sink: ImageSink): void;
}

function createMetadataImage(layout: Layout): MetadataImage {
  const blocks = new Map<number, Buffer>();
  const block = (index: number): Buffer => {
    const known = blocks.get(index);
    if (known !== undefined) return known;
    const fresh = Buffer.alloc(BLOCK_BYTES);
    blocks.set(index, fresh);
    return fresh;
  };
  for (const { position } of layout.metadata.values()) block(Math.floor(position / BLOCK_BYTES));
  return {
    block,
    write(position, bytes) {
      for (let done = 0; done < bytes.length; ) {
        const offset = (position + done) % BLOCK_BYTES;
        done += bytes.copy(block(Math.floor((position + done) / BLOCK_BYTES)), offset, done);
      }
    },
    flush(sink) {
      for (const index of [...blocks.keys()].sort((a, b) => a - b)) sink.write(index * BLOCK_BYTES, blocks.get(index)!);
    },
  };
}

function writeInodes(
  plans: readonly InodePlan[],
  layout: Layout,
  contents: EncodedContents,
  image: MetadataImage,
  sink: ImageSink,
): void {
  const positionOf = (key: string): number => layout.metadata.get(key)!.position;
  const nidOf = ({ path }: Inode): number => positionOf(`inode:${path}`) / SLOT_BYTES;
  const idOf = ({ key }: XattrEntry): number => positionOf(XATTR_KEY + key) / XATTR_ALIGN;
  const written = new Set<string>();
  for (const plan of plans) {
    const position = positionOf(plan.key);
    const block = plan.data === undefined ? undefined : layout.data.get(plan.data)!.block;
    const xattrs = encodeXattrs(plan.xattrs satisfies XattrPlan, idOf);
    image.write(position, encodeInode(plan, { nid: position / SLOT_BYTES, block, xattrs }));
    const wantsData = plan.data !== undefined && !written.has(plan.data);
    if (plan.data !== undefined) written.add(plan.data);
    if (!wantsData && plan.tailBytes === 0) continue;
    const tail = writeBody(plan, wantsData ? block! * BLOCK_BYTES : undefined, contents, sink, nidOf);
    image.write(position + plan.headBytes, tail);
  }
}

/** Writes the data at `position` unless it is there already (undefined), and returns the tail. */
function writeBody(
  { inode, body, dataBlocks, tailBytes }: InodePlan,
  position: number | undefined,
  contents: EncodedContents,
  sink: ImageSink,
  nidOf: (inode: Inode) => number,
): Buffer {
  switch (body.kind) {
    case 'empty':
      return Buffer.alloc(0);
    case 'encoded': {
      const { data, tail } = contents.encodedOf(body.content);
      if (data.length !== dataBlocks * BLOCK_BYTES || tail.length !== tailBytes) {
        throw new TypeError(`/${display(inode.path)}: its encoding does not have the shape that was laid out`);
      }
      if (position !== undefined) sink.write(position, data);
      return tail;
    }
    case 'sparse': {
      let at = position ?? 0;
      for (const chunk of body.plan.filled) {
        sink.write(at, chunkBytesOf(body.content, body.plan, chunk));
        at += chunk.blocks * BLOCK_BYTES;
      }
      return Buffer.alloc(0);
    }
    case 'directory':
    case 'symlink': {
      const bytes =
        body.kind === 'directory'
          ? encodeDirectory(inode.entries, body.plan, nidOf)
          : Buffer.from(body.target, 'latin1');
      const inBlocks = bytes.length - tailBytes;
      if (position !== undefined) {
        sink.write(
          position,
          Buffer.concat([bytes.subarray(0, inBlocks), Buffer.alloc(dataBlocks * BLOCK_BYTES - inBlocks)]),
        );
      }
      return bytes.subarray(inBlocks);
    }
  }
}

function superblockFields(
  plans: readonly InodePlan[],
  layout: Layout,
  options: ErofsOptions,
): Parameters<typeof writeSuperblock>[1] {
  const shapes = plans.flatMap(({ body }) =>
    body.kind === 'encoded' && body.shape.form === 'compressed' ? [body.shape] : [],
  );
  let maxPieceBlocks = 1;
  for (const { pieces } of shapes) for (const { blocks } of pieces) maxPieceBlocks = Math.max(maxPieceBlocks, blocks);
  return {
    rootNid: SUPERBLOCK_END / SLOT_BYTES,
    inodes: plans.length,
    blocks: layout.blocks,
    buildTime: options.buildTime,
    uuid: options.uuid,
    volumeName: checkedVolumeName(options.volumeName),
    algorithms: new Set(shapes.map(({ algorithm }) => algorithm)),
    maxPieceBlocks,
    hasTails: shapes.some(({ tailBytes }) => tailBytes > 0),
    hasChunks: plans.some(({ body }) => body.kind === 'sparse'),
  };
}

function checkedVolumeName(name: string): Buffer {
  const bytes = Buffer.from(name, 'utf8');
  if (bytes.length > VOLUME_NAME_BYTES) {
    throw unsupported(`The volume name ${JSON.stringify(name)} has more than ${VOLUME_NAME_BYTES} bytes`);
  }
  return bytes;
}
