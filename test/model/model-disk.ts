import type { BlockDevice } from '../../src/agent/slots/block-device.ts';
import { SECTOR_BYTES } from '../../src/formats/gpt/partition-table.ts';

/** The sectors of a disk that are not all zeros, by their numbers. */
export type Sectors = ReadonlyMap<number, Buffer>;

/** What lies under a disk's writes: a sector by its number, undefined where a layer below, or zeros, are seen. */
export interface SectorLayer {
  get(sector: number): Buffer | undefined;
}

export interface SectorWrite {
  readonly sector: number;
  /** 512 of them. */
  readonly bytes: Buffer;
}

const ZEROS = Buffer.alloc(SECTOR_BYTES);
/** Reads of so many bytes (of a FAT, that is) are kept until a write falls into them: they are done over and over, and cost most of the time. */
const KEPT_FROM_BYTES = 16 << 10;

/**
 * A disk that remembers every sector that was written, and between which flushes. What it holds now is what its owner believes; what a
 * power cut leaves of it is for `crashStates` to say.
 */
export class ModelDisk implements BlockDevice {
  readonly size: number;
  /** Later ones lie over earlier ones. */
  readonly layers: readonly SectorLayer[];
  readonly #written = new Map<number, Buffer>();
  /** Writes by the flushes behind them; those of the last element are not flushed. Writes that change nothing are left out. */
  readonly #epochs: SectorWrite[][] = [[]];
  /** By offset. What was handed out, and what it must still be: who reads may not write into it. */
  readonly #kept = new Map<number, { readonly given: Buffer; readonly bytes: Buffer }>();

  constructor(size: number, layers: readonly SectorLayer[]) {
    this.size = size;
    this.layers = layers;
  }

  get epochs(): readonly (readonly SectorWrite[])[] {
    return this.#epochs;
  }

  read(offset: number, length: number): Buffer {
    check(offset, length, this.size);
    if (length < KEPT_FROM_BYTES) return this.#assemble(offset, length);
    const kept = this.#kept.get(offset);
    if (kept?.given.length === length) {
      if (!kept.given.equals(kept.bytes)) throw new Error(`what was read at ${offset} was written into`);
      return kept.given;
    }
    const given = this.#assemble(offset, length);
    this.#kept.set(offset, { given, bytes: Buffer.from(given) });
    return given;
  }

  #assemble(offset: number, length: number): Buffer {
    // Every byte of it is set here.
    const result = Buffer.allocUnsafe(length);
    const first = offset / SECTOR_BYTES;
    for (let index = 0; index * SECTOR_BYTES < length; index++) {
      result.set(this.#sector(first + index), index * SECTOR_BYTES);
    }
    return result;
  }

  write(offset: number, bytes: Uint8Array): void {
    check(offset, bytes.length, this.size);
    for (let at = 0; at < bytes.length; at += SECTOR_BYTES) {
      const sector = (offset + at) / SECTOR_BYTES;
      const content = Buffer.from(bytes.subarray(at, at + SECTOR_BYTES));
      if (content.equals(this.#sector(sector))) continue;
      this.#written.set(sector, content);
      this.#epochs.at(-1)!.push({ sector, bytes: content });
      for (const [start, { given }] of this.#kept) {
        if (start < offset + bytes.length && offset < start + given.length) this.#kept.delete(start);
      }
    }
  }

  flush(): void {
    if (this.#epochs.at(-1)!.length > 0) this.#epochs.push([]);
  }

  #sector(number: number): Buffer {
    const own = this.#written.get(number);
    if (own !== undefined) return own;
    for (let layer = this.layers.length - 1; layer >= 0; layer--) {
      const bytes = this.layers[layer]!.get(number);
      if (bytes !== undefined) return bytes;
    }
    return ZEROS;
  }
}

function check(offset: number, length: number, size: number): void {
  const whole = offset % SECTOR_BYTES === 0 && length % SECTOR_BYTES === 0;
  if (!whole || offset < 0 || offset + length > size) throw new RangeError(`${length} bytes at ${offset} of ${size}`);
}

/** The sectors that writes of any size at any place make; what is all zeros stays out. */
export function collectSectors(): {
  readonly sectors: Map<number, Buffer>;
  readonly put: (offset: number, bytes: Uint8Array) => void;
} {
  const sectors = new Map<number, Buffer>();
  const put = (offset: number, bytes: Uint8Array): void => {
    for (let at = 0; at < bytes.length; ) {
      const sector = Math.floor((offset + at) / SECTOR_BYTES);
      const within = (offset + at) % SECTOR_BYTES;
      const piece = bytes.subarray(at, at + SECTOR_BYTES - within);
      const content = Buffer.from(sectors.get(sector) ?? ZEROS);
      content.set(piece, within);
      if (!content.equals(ZEROS)) sectors.set(sector, content);
      at += piece.length;
    }
  };
  return { sectors, put };
}
