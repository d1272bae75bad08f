import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** The last `limit` bytes of the regular file at `path`; undefined when there is none, or it cannot be read. */
export function readEnd(path: string, limit: number): Buffer | undefined {
  try {
    const status = statSync(path);
    if (!status.isFile()) return undefined;
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(Math.min(limit, status.size));
      const from = status.size - bytes.length;
      let length = 0;
      for (let got = 1; got > 0 && length < bytes.length; length += got) {
        got = readSync(file, bytes, length, bytes.length - length, from + length);
      }
      return bytes.subarray(0, length);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
