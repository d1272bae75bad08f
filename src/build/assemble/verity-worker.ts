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

/** Sent after each piece: how many blocks it had. */
export type VerityWorkerMessage = number;

function hashPieces(shared: VerityWorkerData): void {
  const digests = Buffer.from(shared.digests);
  const next = new Int32Array(shared.nextPiece);
  const piece = Buffer.allocUnsafe(shared.pieceBlocks * VERITY_BLOCK_BYTES);
  const file = openSync(shared.path, 'r');
  try {
    for (;;) {
      const first = Atomics.add(next, 0, 1) * shared.pieceBlocks;
      if (first >= shared.dataBlocks) return;
      const blocks = Math.min(shared.pieceBlocks, shared.dataBlocks - first);
      const bytes = piece.subarray(0, blocks * VERITY_BLOCK_BYTES);
      for (let got = 0; got < bytes.length; ) {
        const count = readSync(file, bytes, got, bytes.length - got, first * VERITY_BLOCK_BYTES + got);
        if (count === 0) throw new Error(`${shared.path} became shorter while it was read`);
        got += count;
      }
      hashBlocks(bytes, shared.salt, digests, first * DIGEST_BYTES);
      parentPort?.postMessage(blocks satisfies VerityWorkerMessage);
    }
  } finally {
    closeSync(file);
  }
}

hashPieces(workerData as VerityWorkerData);
