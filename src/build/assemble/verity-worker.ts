import { parentPort, workerData } from 'node:worker_threads';
import { hashPieces, type SharedPieces } from './hash-pieces.ts';

/** How many blocks the thread has hashed since it last said so. */
export type VerityWorkerMessage = number;

for (const blocks of hashPieces(workerData as SharedPieces)) {
  parentPort?.postMessage(blocks satisfies VerityWorkerMessage);
}
