import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { hashBlocks } from '../../formats/verity/hash-blocks.ts';
import { DIGEST_BYTES, VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';

/** What a hashing thread shares with its siblings. */
export interface VerityWorkerData {
  readonly path: string;
  readonly salt: Uint8Array;
  readonly dataBlocks: number;
  /** 32 bytes a block; every thread writes the digests of the pieces it took. */
  readonly digests: SharedArrayBuffer;
  /** One Int32: the next piece that nobody has taken. */
  readonly nextPiece: SharedArrayBuffer;
  readonly pieceBlocks: number;
}

/** How many blocks the thread has hashed since it last said so. */
export type VerityWorkerMessage = number;

/** 8 MiB, about 7 ms: a message wakes the main thread, which has no core of its own. */
const BLOCKS_PER_MESSAGE = 2048;

function hashPieces(shared: VerityWorkerData): void {
  const digests = Buffer.from(shared.digests);
  const next = new Int32Array(shared.nextPiece);
  const piece = Buffer.allocUnsafe(shared.pieceBlocks * VERITY_BLOCK_BYTES);
  const file = openSync(shared.path, 'r');
  let unreported = 0;
  try {
    for (;;) {
      const first = Atomics.add(next, 0, 1) * shared.pieceBlocks;
      if (first >= shared.dataBlocks) break;
      const blocks = Math.min(shared.pieceBlocks, shared.dataBlocks - first);
      const bytes = piece.subarray(0, blocks * VERITY_BLOCK_BYTES);
      readFully(file, bytes, first * VERITY_BLOCK_BYTES, shared.path);
      hashBlocks(bytes, shared.salt, digests, first * DIGEST_BYTES);
      unreported += blocks;
      if (unreported < BLOCKS_PER_MESSAGE) continue;
      report(unreported);
      unreported = 0;
    }
    if (unreported > 0) report(unreported);
  } finally {
    closeSync(file);
  }
}

function readFully(file: number, into: Buffer, at: number, path: string): void {
  for (let got = 0; got < into.length; ) {
    const count = readSync(file, into, got, into.length - got, at + got);
    if (count === 0) throw new Error(`${path} became shorter while it was read`);
    got += count;
  }
}

function report(blocks: VerityWorkerMessage): void {
  parentPort?.postMessage(blocks);
}

hashPieces(workerData as VerityWorkerData);
