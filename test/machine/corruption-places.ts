import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { diskLayout } from '../../src/build/disk/disk-layout.ts';
import { openErofs } from '../../src/formats/erofs/erofs-image.ts';
import { findInode } from '../../src/formats/erofs/find-inode.ts';
import { readContent } from '../../src/formats/erofs/read-content.ts';
import type { ReadAt } from '../../src/formats/read-at.ts';
import { VERITY_BLOCK_BYTES, verityLayout } from '../../src/formats/verity/layout.ts';
import { bytesOf } from '../../src/model/byte-string.ts';
import type { Manifest } from '../../src/model/manifest.ts';

/** A block that dm-verity covers, on the disk of a new machine. */
export interface CoveredBlock {
  /** `data` blocks count from the image's start, `metadata` blocks of the tree from its partition's: as the kernel's messages do. */
  readonly kind: 'data' | 'metadata';
  readonly block: number;
  /** Where it lies on the disk, in bytes. */
  readonly offset: number;
}

/** Where the blocks of `release` lie on its disk. */
export interface CoveredBlocks {
  readonly data: (block: number) => CoveredBlock;
  /** Blocks that hold contents of a file, in ascending order. */
  readonly ofFile: (path: string) => readonly CoveredBlock[];
  /** The block of the tree, `level` steps above the data (0: leaves), on the way from data block `block` to the root hash. */
  readonly above: (block: number, level: number) => CoveredBlock;
  /** Levels of the tree. */
  readonly levels: number;
}

export function coveredBlocks(directory: string, manifest: Manifest): CoveredBlocks {
  const layout = diskLayout(manifest);
  const image = join(directory, manifest.root.image.name);
  const tree = verityLayout(manifest.root.image.size / VERITY_BLOCK_BYTES);
  const startOf = (partition: number): number => layout.table.partitions[partition]!.start;
  const place = (kind: CoveredBlock['kind'], block: number): CoveredBlock => {
    const start = startOf(kind === 'data' ? layout.root : layout.tree);
    return { kind, block, offset: start + block * VERITY_BLOCK_BYTES };
  };
  return {
    data: (block) => place('data', block),
    ofFile: (path) => blocksRead(image, manifest.root.image.size, path).map((block) => place('data', block)),
    levels: tree.levels.length,
    above(block, level) {
      const hashesPerBlock = VERITY_BLOCK_BYTES / 32;
      const index = Math.floor(block / hashesPerBlock ** (level + 1));
      return place('metadata', tree.levels[level]!.firstBlock + index);
    },
  };
}

/** Reads a file of the image with Ashlar's own reader and notes which blocks that took, those that led to the file left out. */
function blocksRead(image: string, size: number, path: string): number[] {
  const file = openSync(image, 'r');
  try {
    const blocks = new Set<number>();
    const read: ReadAt = (offset, bytes) => {
      for (let at = offset; at < offset + bytes; at += VERITY_BLOCK_BYTES - (at % VERITY_BLOCK_BYTES)) {
        blocks.add(Math.floor(at / VERITY_BLOCK_BYTES));
      }
      const buffer = Buffer.alloc(bytes);
      readSync(file, buffer, 0, bytes, offset);
      return buffer;
    };
    const opened = openErofs(read, size);
    const found = findInode(opened, bytesOf(path), true);
    if (found === undefined) throw new Error(`the image has no ${path}`);
    const metadata = new Set(blocks);
    for (const _ of readContent(opened, found.inode));
    return [...blocks].filter((block) => !metadata.has(block)).sort((a, b) => a - b);
  } finally {
    closeSync(file);
  }
}
