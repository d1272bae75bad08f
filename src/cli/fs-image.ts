import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { aboutFile } from '../build/about-file.ts';
import { usingPath } from '../build/using-path.ts';
import { type ErofsImage, openErofs } from '../formats/erofs/erofs-image.ts';
import { type FoundInode, findInode } from '../formats/erofs/find-inode.ts';
import type { ReadAt } from '../formats/read-at.ts';
import { bytesOf } from '../model/byte-string.ts';
import { AshlarError } from '../model/error.ts';

/** An image file that is open for reading. */
export interface ImageFile {
  readonly read: ReadAt;
  /** Bytes; of a block device, whose size a stat does not tell, more than any has. */
  readonly size: number;
  close(): void;
}

/** Opens the file or block device at `path`. Throws `path-unusable`. */
export function openImageFile(path: string): ImageFile {
  const file = usingPath(path, () => openSync(path, 'r'));
  const stat = fstatSync(file);
  return {
    size: stat.isBlockDevice() ? Number.MAX_SAFE_INTEGER : stat.size,
    close: () => closeSync(file),
    read(offset, length) {
      const bytes = Buffer.allocUnsafe(length);
      try {
        for (let done = 0; done < length; ) {
          const count = readSync(file, bytes, done, length - done, offset + done);
          if (count === 0) throw new RangeError(`it ends at byte ${offset + done}`);
          done += count;
        }
      } catch (error) {
        throw unusable(path, error);
      }
      return bytes;
    },
  };
}

/** Opens the EROFS image at `path` for the length of `work`. */
export async function withImage<Result>(
  path: string,
  work: (image: ErofsImage) => Promise<Result> | Result,
): Promise<Result> {
  const file = openImageFile(path);
  try {
    return await aboutFile(path, () => work(openErofs(file.read, file.size)));
  } finally {
    file.close();
  }
}

/** What is at `path` in the image. Throws `path-unusable` when nothing is. */
export function inodeAt(image: ErofsImage, path: string, followLast: boolean): FoundInode {
  const found = findInode(image, bytesOf(path), followLast);
  if (found !== undefined) return found;
  throw new AshlarError('path-unusable', `There is no ${path} in the image.`, {
    hint: 'See what is there: ashlar fs ls -R IMAGE.',
  });
}

/** Lets timers and signals through: long synchronous work calls it between its steps. */
export function breathe(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) =>
    setImmediate(() => {
      if (signal.aborted) reject(signal.reason);
      else resolve();
    }),
  );
}

function unusable(path: string, cause: unknown): AshlarError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AshlarError('path-unusable', `${path} cannot be read: ${reason}`, {
    hint: 'Name an image file or a block device that you may read.',
    cause,
  });
}
