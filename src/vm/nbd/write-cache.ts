import type { Random } from '../../model/random.ts';

/** What a disk writes in one piece: whatever else is torn, a sector is old or new. */
export const SECTOR_BYTES = 512;

/** A run of bytes on a disk: new content, or zeros when `bytes` is undefined (a trim, or write-zeroes). */
export interface DiskWrite {
  readonly offset: number;
  readonly length: number;
  readonly bytes: Buffer | undefined;
}

/** What became of the writes that no flush had covered when the power went. */
export interface Survivors {
  /** What reached the disk, to be written in this order. */
  readonly writes: readonly DiskWrite[];
  readonly kept: number;
  readonly torn: number;
  readonly lost: number;
}

/** Of ten writes in the cache at a power cut: so many were on the disk already, so many were being written. */
const KEPT_OF_TEN = 4;
const TORN_OF_TEN = 2;

/**
 * A disk's volatile cache: writes that were answered and that the medium does not have yet. The disk may write them in any order, or not at
 * all, until it is told to flush.
 */
export class WriteCache {
  #writes: DiskWrite[] = [];
  #bytes = 0;

  /** Bytes of content that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#writes.length;
  }

  add(write: DiskWrite): void {
    this.#writes.push(write);
    this.#bytes += write.bytes?.length ?? 0;
  }

  /** The oldest write, taken out. */
  shift(): DiskWrite | undefined {
    const write = this.#writes.shift();
    this.#bytes -= write?.bytes?.length ?? 0;
    return write;
  }

  /** All writes in their order, taken out: a flush. */
  drain(): readonly DiskWrite[] {
    const writes = this.#writes;
    this.#writes = [];
    this.#bytes = 0;
    return writes;
  }

  /** Writes what is held of the range at `offset` over `target`, which has what the medium holds. */
  overlay(offset: number, target: Buffer): void {
    const end = offset + target.length;
    for (const write of this.#writes) {
      const from = Math.max(offset, write.offset);
      const to = Math.min(end, write.offset + write.length);
      if (from >= to) continue;
      if (write.bytes === undefined) target.fill(0, from - offset, to - offset);
      else write.bytes.copy(target, from - offset, from - write.offset, to - write.offset);
    }
  }

  /**
   * The power goes: what was held is lost, but for what the disk had written meanwhile. Each write is kept, torn at a sector's bound, or lost, independently of
   * the others; a later one that is kept while an earlier one is lost is what reordering looks like afterwards.
   */
  cut(random: Random): Survivors {
    const writes: DiskWrite[] = [];
    const counts = { kept: 0, torn: 0, lost: 0 };
    for (const write of this.drain()) {
      const sectors = Math.floor(write.length / SECTOR_BYTES);
      const fate = random.below(10);
      if (fate < KEPT_OF_TEN) {
        writes.push(write);
        counts.kept += 1;
      } else if (fate < KEPT_OF_TEN + TORN_OF_TEN && sectors > 1) {
        writes.push(torn(write, sectors, random));
        counts.torn += 1;
      } else {
        counts.lost += 1;
      }
    }
    return { writes, ...counts };
  }
}

/** One contiguous part of a write of several sectors, never all of it. */
function torn(write: DiskWrite, sectors: number, random: Random): DiskWrite {
  const length = (1 + random.below(sectors - 1)) * SECTOR_BYTES;
  const start = random.chance(1, 2) ? 0 : write.length - length;
  return { offset: write.offset + start, length, bytes: write.bytes?.subarray(start, start + length) };
}
