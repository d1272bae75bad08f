import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { SECTOR_BYTES } from '../../src/formats/gpt/partition-table.ts';
import { copyDisk } from '../../src/vm/copy-disk.ts';
import type { SectorLayer, Sectors } from '../model/model-disk.ts';

/** Read at once: a FAT and a boot image are read sector by sector. */
const PIECE_SECTORS = 2048;
/** Pieces that are kept: the two FATs, a directory and a file. */
const PIECES_KEPT = 8;

/** The sectors of the raw disk at `path`, as a layer under a model of it. */
export class DiskFile implements SectorLayer, Disposable {
  readonly #file: number;
  readonly #pieces = new Map<number, Buffer>();

  constructor(path: string) {
    this.#file = openSync(path, 'r');
  }

  get(sector: number): Buffer {
    const number = Math.floor(sector / PIECE_SECTORS);
    const piece = this.#pieces.get(number) ?? this.#read(number);
    const at = (sector % PIECE_SECTORS) * SECTOR_BYTES;
    return piece.subarray(at, at + SECTOR_BYTES);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  #read(number: number): Buffer {
    const piece = Buffer.alloc(PIECE_SECTORS * SECTOR_BYTES);
    readSync(this.#file, piece, 0, piece.length, number * piece.length);
    if (this.#pieces.size >= PIECES_KEPT) this.#pieces.delete(this.#pieces.keys().next().value!);
    this.#pieces.set(number, piece);
    return piece;
  }
}

/** Makes `out` the raw disk at `base`, sparse as it is, with these sectors over it. */
export async function writeCrashDisk(base: string, sectors: Sectors, out: string): Promise<void> {
  await copyDisk(base, out, undefined);
  const file = openSync(out, 'r+');
  try {
    for (const [sector, bytes] of sectors) writeSync(file, bytes, 0, bytes.length, sector * SECTOR_BYTES);
  } finally {
    closeSync(file);
  }
}
