/**
 * Random access to a disk or image, so that parsers need not hold it whole and do no I/O of their own. Gives exactly `bytes`
 * bytes from `offset` on, or throws; parsers ask only for ranges within the size that they were told.
 */
export type ReadAt = (offset: number, bytes: number) => Buffer;

/** A {@link ReadAt} over bytes in memory. */
export function readAtOf(image: Uint8Array): ReadAt {
  return (offset, bytes) => {
    if (offset < 0 || bytes < 0 || offset + bytes > image.length) {
      throw new RangeError(`${bytes} bytes at ${offset} are outside of an image of ${image.length} bytes`);
    }
    return Buffer.from(image.buffer, image.byteOffset + offset, bytes);
  };
}
