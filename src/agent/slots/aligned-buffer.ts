/**
 * Memory that begins on a page, which reading and writing past the page cache (O_DIRECT) demands. Node aligns its buffers to 16 bytes only;
 * the memory of a resizable ArrayBuffer is mapped, so that it can grow, and therefore begins on a page.
 */
export function alignedBuffer(bytes: number): Buffer {
  return Buffer.from(new ArrayBuffer(bytes, { maxByteLength: bytes }), 0, bytes);
}
