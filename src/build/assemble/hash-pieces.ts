import { closeSync, openSync, readSync, readvSync } from 'node:fs';
import { DIGEST_BYTES, VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';
import { hashSaltedBlocks, saltedBlocks } from '../../formats/verity/salted-blocks.ts';
import { AshlarError } from '../../model/error.ts';

/** What the threads that hash one image share; each takes the next piece that none has taken. */
export interface SharedPieces {
  readonly path: string;
  /** Where the image begins in the file, in bytes. */
  readonly offset: number;
  readonly salt: Uint8Array;
  readonly dataBlocks: number;
  /** 32 bytes a block; every thread writes the digests of the pieces it took. */
  readonly digests: SharedArrayBuffer;
  /** One Int32: the next piece that nobody has taken. */
  readonly nextPiece: SharedArrayBuffer;
  readonly pieceBlocks: number;
}

/** 8 MiB, about 7 ms: telling more often would cost, less often would make a thread deaf. */
const BLOCKS_PER_REPORT = 2048;

/**
 * Hashes pieces of the image until none is left, and yields now and then how many blocks it has done since. Throws `path-unusable`
 * when the file shrinks meanwhile.
 */
export function* hashPieces(shared: SharedPieces): Generator<number, void> {
  const digests = Buffer.from(shared.digests);
  const next = new Int32Array(shared.nextPiece);
  const piece = saltedBlocks(shared.salt, shared.pieceBlocks);
  const file = openSync(shared.path, 'r');
  let unreported = 0;
  try {
    for (;;) {
      const first = Atomics.add(next, 0, 1) * shared.pieceBlocks;
      if (first >= shared.dataBlocks) break;
      const blocks = Math.min(shared.pieceBlocks, shared.dataBlocks - first);
      readBlocks(file, piece.blocks.slice(0, blocks), shared.offset + first * VERITY_BLOCK_BYTES, shared.path);
      hashSaltedBlocks(piece, blocks, digests, first * DIGEST_BYTES);
      unreported += blocks;
      if (unreported < BLOCKS_PER_REPORT) continue;
      yield unreported;
      unreported = 0;
    }
    if (unreported > 0) yield unreported;
  } finally {
    closeSync(file);
  }
}

/** Fills `blocks` from the file at `at`: at once, and what a short read left over one by one. */
function readBlocks(file: number, blocks: readonly Buffer[], at: number, path: string): void {
  let got = readvSync(file, blocks, at);
  while (got < blocks.length * VERITY_BLOCK_BYTES) {
    const within = got % VERITY_BLOCK_BYTES;
    const block = blocks[Math.floor(got / VERITY_BLOCK_BYTES)]!;
    const count = readSync(file, block, within, VERITY_BLOCK_BYTES - within, at + got);
    if (count === 0) {
      throw new AshlarError('path-unusable', `${path} became shorter while it was read.`, {
        hint: 'Let nothing write the image while it is hashed, and try again.',
      });
    }
    got += count;
  }
}
