import { type ByteRange, MAX_PIECE_BYTES, type RangeBytes } from '../repository-reader.ts';

/** What of `pieces` (ascending, together covering `ranges`) lies in `ranges`: the bytes between, that came along, are dropped. */
export async function* clipToRanges(
  pieces: AsyncIterable<RangeBytes>,
  ranges: readonly ByteRange[],
): AsyncGenerator<RangeBytes> {
  let index = 0;
  for await (const { offset, bytes } of pieces) {
    const end = offset + bytes.length;
    for (; index < ranges.length; index++) {
      const range = ranges[index]!;
      const rangeEnd = range.offset + range.length;
      const to = Math.min(end, rangeEnd);
      for (let at = Math.max(offset, range.offset); at < to; at += MAX_PIECE_BYTES) {
        yield { offset: at, bytes: bytes.subarray(at - offset, Math.min(to, at + MAX_PIECE_BYTES) - offset) };
      }
      if (rangeEnd > end) break;
    }
  }
}
