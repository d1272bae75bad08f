import type { ByteRange } from './inode-footprint.ts';

/** A range of the image and who uses it. */
export interface NamedRange extends ByteRange {
  readonly name: string;
  readonly use: 'metadata' | 'data';
  /** The inode, for metadata. */
  readonly nid?: number;
}

/** Two ranges that share bytes; `first` begins first. */
export interface Overlap {
  readonly first: NamedRange;
  readonly second: NamedRange;
}

/**
 * Pairs of ranges that overlap: for each range the furthest reaching one before it, of either use. Data may be shared by files,
 * so that pairs of data are no fault by themselves; they are given as well. Sorts once: n log n.
 */
export function* findOverlaps(ranges: readonly NamedRange[]): Generator<Overlap> {
  const sorted = ranges.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start || b.end - a.end);
  const furthest: Partial<Record<NamedRange['use'], NamedRange>> = {};
  for (const second of sorted) {
    for (const first of [furthest.metadata, furthest.data]) {
      if (first !== undefined && first.end > second.start) yield { first, second };
    }
    const former = furthest[second.use];
    if (former === undefined || second.end > former.end) furthest[second.use] = second;
  }
}
