import type { ErofsImage } from './erofs-image.ts';
import { imageCorrupt } from './image-error.ts';
import { DATA_LAYOUT } from './on-disk.ts';
import { bodyEnd, type ErofsInode, inodeName } from './read-inode.ts';

/** `size` bytes at the byte address `offset` of the image. */
export interface FlatRange {
  readonly offset: number;
  readonly size: number;
}

/**
 * Where a flat inode's bytes lie: consecutive blocks and, of an inline one, a tail behind the inode that ends within its block.
 * Throws `image-corrupt` when they leave the image.
 */
export function flatRanges(image: ErofsImage, inode: ErofsInode): FlatRange[] {
  const { blockBytes } = image.superblock;
  if (inode.size === 0) return [];
  const where = inodeName(inode.nid);
  const inline = inode.layout === DATA_LAYOUT.flatInline;
  const wholeBytes = inline ? (Math.ceil(inode.size / blockBytes) - 1) * blockBytes : inode.size;
  const ranges: FlatRange[] = [];
  if (wholeBytes > 0) ranges.push({ offset: inode.union * blockBytes, size: wholeBytes });
  if (inline) {
    const tail = { offset: bodyEnd(inode), size: inode.size - wholeBytes };
    if ((tail.offset % blockBytes) + tail.size > blockBytes) {
      throw imageCorrupt(where, 'its inline tail crosses a block', tail.offset);
    }
    ranges.push(tail);
  }
  for (const range of ranges) {
    if (range.size > image.size - range.offset) throw imageCorrupt(where, 'its data leaves the image', range.offset);
  }
  return ranges;
}
