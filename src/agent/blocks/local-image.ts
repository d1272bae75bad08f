import type { ReadAt } from '../../formats/read-at.ts';

/**
 * What a slot of this device holds, or held: blocks may be taken from it. Nothing of it is trusted; a slot that rots, or that an interrupted
 * update left half written, only gives fewer blocks.
 */
export interface LocalImage {
  /** For messages: the slot's label. */
  readonly name: string;
  readonly data: ReadAt;
  /** Bytes that {@link data} can be asked for. */
  readonly dataBytes: number;
  /** The hash tree, superblock included. */
  readonly tree: ReadAt;
  readonly treeBytes: number;
}

/** What `read` gives, or undefined where the disk cannot read any more: such a slot only gives fewer blocks. */
export function readLocal(read: ReadAt, offset: number, bytes: number): Buffer | undefined {
  try {
    return read(offset, bytes);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined;
    throw error;
  }
}
