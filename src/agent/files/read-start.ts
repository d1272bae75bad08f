import { closeSync, openSync, readSync, statSync } from 'node:fs';

const PIECE_BYTES = 64 << 10;

/**
 * The first `limit` bytes of the regular file at `path`; undefined when there is none, or it cannot be read. For files that others
 * write and that may have any size, those of /proc and /sys included, whose status does not tell theirs.
 */
export function readStart(path: string, limit: number): Buffer | undefined {
  try {
    // Opening a pipe would wait for somebody to write into it.
    if (!statSync(path).isFile()) return undefined;
    const file = openSync(path, 'r');
    try {
      const pieces: Buffer[] = [];
      for (let length = 0; length < limit; ) {
        const piece = Buffer.alloc(Math.min(PIECE_BYTES, limit - length));
        const got = readSync(file, piece, 0, piece.length, null);
        if (got === 0) break;
        pieces.push(piece.subarray(0, got));
        length += got;
      }
      return Buffer.concat(pieces);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** The text of a small file without white space around it; undefined like {@link readStart}. */
export function readText(path: string, limit = PIECE_BYTES): string | undefined {
  return readStart(path, limit)?.toString('utf8').trim();
}
