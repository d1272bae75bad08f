/** Which blocks of an image are free, while it is laid out. It has no end: what is not taken is free. */
export interface BlockSpace {
  /** Takes `count` blocks from `start` when all of them are free. */
  claim(start: number, count: number): boolean;
  /** Takes the first free run of `count` blocks and returns its start. */
  allocate(count: number): number;
  /** One behind the last block taken. */
  end(): number;
  /** Free blocks before {@link end}. */
  gaps(): number;
}

interface Run {
  start: number;
  end: number;
}

export function createBlockSpace(): BlockSpace {
  // Sorted, apart from each other; the last is endless.
  const free: Run[] = [{ start: 0, end: Number.POSITIVE_INFINITY }];

  /** The run that holds `block`, or the first behind it. */
  const runAt = (block: number): number => {
    let low = 0;
    let high = free.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (free[middle]!.end > block) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const take = (index: number, start: number, end: number): void => {
    const run = free[index]!;
    const left = { start: run.start, end: start };
    const right = { start: end, end: run.end };
    free.splice(index, 1, ...[left, right].filter((part) => part.start < part.end));
  };

  return {
    claim(start, count) {
      const index = runAt(start);
      const run = free[index]!;
      if (start < run.start || start + count > run.end) return false;
      take(index, start, start + count);
      return true;
    },
    allocate(count) {
      const index = free.findIndex((run) => run.end - run.start >= count);
      const { start } = free[index]!;
      take(index, start, start + count);
      return start;
    },
    end: () => free.at(-1)!.start,
    gaps: () => free.slice(0, -1).reduce((sum, run) => sum + run.end - run.start, 0),
  };
}
