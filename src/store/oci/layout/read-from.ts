import type { FileHandle } from 'node:fs/promises';

/** What is read at once. Bytes: large enough that calls do not count, small beside any memory. */
const PIECE_BYTES = 256 * 1024;

/** `size` bytes of `file` from `offset` on, or less when it ends; the file is closed after them when `closes`. */
export async function* readFrom(
  file: FileHandle,
  offset: number,
  size: number,
  closes: boolean,
): AsyncGenerator<Buffer> {
  try {
    for (let at = 0; at < size; ) {
      const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, size - at));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset + at);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    if (closes) await file.close();
  }
}
