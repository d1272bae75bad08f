import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { openErofs } from '../../formats/erofs/erofs-image.ts';
import { findInode } from '../../formats/erofs/find-inode.ts';
import { readContent } from '../../formats/erofs/read-content.ts';
import { bytesOf } from '../../model/byte-string.ts';

/** The content of a small file in the root image at `image`, or undefined when it has none at `path` (`/usr/…`). Throws `image-corrupt`. */
export function readImageFile(image: string, path: string): Buffer | undefined {
  const file = openSync(image, 'r');
  try {
    const readAt = (offset: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
    };
    const opened = openErofs(readAt, fstatSync(file).size);
    const found = findInode(opened, bytesOf(path.slice(1)), true);
    if (found === undefined) return undefined;
    const pieces = [...readContent(opened, found.inode)];
    return Buffer.concat(pieces.map((piece) => (piece.kind === 'data' ? piece.bytes : Buffer.alloc(piece.size))));
  } finally {
    closeSync(file);
  }
}
