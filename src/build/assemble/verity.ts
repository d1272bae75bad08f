import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import {
  buildVerityTreeFromLeaves,
  dataBlocksOf,
  type VerityOptions,
  type VerityTree,
} from '../../formats/verity/build-tree.ts';
import { DIGEST_BYTES } from '../../formats/verity/layout.ts';
import { runOnThreads } from '../threads/run-on-threads.ts';
import { hashPieces, type SharedPieces } from './hash-pieces.ts';
import type { VerityWorkerMessage } from './verity-worker.ts';

/** 256 KiB: stays in a core’s cache between being read and hashed, and both threads end at nearly the same time. */
const PIECE_BLOCKS = 64;
/** A thread takes 60 ms to start, in which one core hashes 64 MiB: more threads than that only cost. */
const BLOCKS_PER_THREAD = 16_384;

export interface HashImageOptions {
  /** At most this many threads, the caller's own among them; as many as there are cores when absent. */
  readonly threads?: number | undefined;
  /** The part of the file that is the image, in bytes: a partition of a disk. All of it when absent. */
  readonly range?: { readonly offset: number; readonly bytes: number } | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the blocks done so far, and all. */
  readonly onProgress?: ((doneBlocks: number, allBlocks: number) => void) | undefined;
}

/** The dm-verity tree of the image file at `path`, hashed on worker threads. Throws `usage` when it is not whole 4 KiB blocks. */
export async function buildVerityTreeOfFile(
  path: string,
  verity: VerityOptions,
  options: HashImageOptions = {},
): Promise<VerityTree> {
  return buildVerityTreeFromLeaves(await hashImageFile(path, verity.salt, options), verity);
}

/**
 * The salted digest of each 4 KiB block of the file at `path`, in order, for the tree or to verify one. The calling thread hashes as
 * well: it has begun before the others have started, and needs none for a small image.
 */
export async function hashImageFile(
  path: string,
  salt: Buffer,
  { threads = availableParallelism(), range, signal, onProgress }: HashImageOptions = {},
): Promise<Buffer> {
  const dataBlocks = dataBlocksOf(range?.bytes ?? statSync(path).size);
  const shared: SharedPieces = {
    path,
    offset: range?.offset ?? 0,
    salt,
    dataBlocks,
    digests: new SharedArrayBuffer(dataBlocks * DIGEST_BYTES),
    nextPiece: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
    pieceBlocks: PIECE_BLOCKS,
  };
  let done = 0;
  const onPiece = (blocks: VerityWorkerMessage): void => {
    done += blocks;
    onProgress?.(done, dataBlocks);
  };
  const failed = new AbortController();
  const stop = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const others = runOnThreads(import.meta.url, './verity-worker', shared, {
    threads: Math.max(1, Math.min(threads, Math.ceil(dataBlocks / BLOCKS_PER_THREAD))) - 1,
    onMessage: onPiece,
    signal: stop,
  });
  // What one of both throws ends the other.
  const abort = (error: unknown): never => {
    failed.abort(error);
    throw error;
  };
  await Promise.all([others.catch(abort), hashHere(shared, onPiece, stop).catch(abort)]);
  return Buffer.from(shared.digests);
}

/** Hashes on this thread, which stays able to hear of other things in between. */
async function hashHere(shared: SharedPieces, onPiece: (blocks: number) => void, signal: AbortSignal): Promise<void> {
  for (const blocks of hashPieces(shared)) {
    onPiece(blocks);
    await setImmediate();
    signal.throwIfAborted();
  }
}
