import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ReadAt } from '../../formats/read-at.ts';

/** A file open for random access. */
export interface OpenImage {
  readonly size: number;
  readonly readAt: ReadAt;
  readonly close: () => void;
}

/** Opens the image, disk or device at `path` for reading. Throws what the system says when it cannot be. */
export function openImage(path: string): OpenImage {
  const file = openSync(path, 'r');
  const readAt: ReadAt = (offset, bytes) => {
    const buffer = Buffer.allocUnsafe(bytes);
    for (let got = 0; got < bytes; ) {
      const count = readSync(file, buffer, got, bytes - got, offset + got);
      if (count === 0) throw new RangeError(`${path} ends before ${offset + bytes}`);
      got += count;
    }
    return buffer;
  };
  return { size: fstatSync(file).size, readAt, close: () => closeSync(file) };
}
