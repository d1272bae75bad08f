import type { ByteString } from '../../model/byte-string.ts';
import type { ReadAt } from '../read-at.ts';
import { imageCorrupt } from './image-error.ts';
import type { PackedContent } from './read-fragment.ts';
import { readSuperblock, type Superblock } from './read-superblock.ts';

/** An opened image: what every reading function takes. */
export interface ErofsImage {
  readonly superblock: Superblock;
  /** Bytes that may be read: what the superblock says, not what the disk holds beyond. */
  readonly size: number;
  /** Reads `length` bytes at `offset`. Throws `image-corrupt`, naming `where`, when they leave the image. */
  readonly bytes: (offset: number, length: number, where: string) => Buffer;
  readonly cache: ErofsCache;
}

/** What was read once and is needed often. */
export interface ErofsCache {
  /** Shared xattrs by id. */
  readonly sharedXattrs: Map<number, { readonly name: ByteString; readonly value: Buffer }>;
  packed: PackedContent | undefined;
}

/**
 * Opens an image of `size` bytes. Nothing of it is trusted: every function that reads it confines offsets to the image, bounds
 * what it allocates, and answers a lie with `image-corrupt` that names the inode and the byte.
 */
export function openErofs(read: ReadAt, size: number): ErofsImage {
  const superblock = readSuperblock(read, size);
  if (superblock.checksum === 'wrong') throw imageCorrupt('superblock', 'its checksum does not match', 1024);
  return imageOf(read, superblock);
}

/** The image behind a superblock that was read already. */
export function imageOf(read: ReadAt, superblock: Superblock): ErofsImage {
  const size = superblock.blocks * superblock.blockBytes;
  return {
    superblock,
    size,
    cache: { sharedXattrs: new Map(), packed: undefined },
    bytes(offset, length, where) {
      if (!Number.isSafeInteger(offset) || offset < 0 || length > size - offset) {
        throw imageCorrupt(where, `${length} bytes there leave the image of ${size}`, offset);
      }
      return read(offset, length);
    },
  };
}
