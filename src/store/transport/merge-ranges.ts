import type { ByteRange } from './repository-reader.ts';

/**
 * The ranges to ask for so that all of `ranges` (ascending, apart) come: neighbours that lie at most `gap` bytes from each other become
 * one. The bytes between are paid for with what a request costs.
 */
export function mergeRanges(ranges: readonly ByteRange[], gap: number): ByteRange[] {
  const merged: ByteRange[] = [];
  for (const { offset, length } of ranges) {
    if (length === 0) continue;
    const last = merged.at(-1);
    const end = last === undefined ? 0 : last.offset + last.length;
    if (last !== undefined && offset < end) throw new RangeError(`range at ${offset} begins before ${end}`);
    if (last !== undefined && offset - end <= gap)
      merged[merged.length - 1] = { offset: last.offset, length: offset + length - last.offset };
    else merged.push({ offset, length });
  }
  return merged;
}
