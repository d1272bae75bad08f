import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import {
  buildVerityTreeFromLeaves,
  dataBlocksOf,
  type VerityOptions,
  type VerityTree,
} from '../../formats/verity/build-tree.ts';
import { DIGEST_BYTES } from '../../formats/verity/layout.ts';
import { runOnThreads } from '../threads/run-on-threads.ts';
import type { VerityWorkerData, VerityWorkerMessage } from './verity-worker.ts';

/** 256 KiB: stays in a core’s cache between being read and hashed, and both threads end at nearly the same time. */
const PIECE_BLOCKS = 64;
/** A thread takes 60 ms to start, in which one core hashes 64 MiB: more threads than that only cost. */
const BLOCKS_PER_THREAD = 16_384;

export interface HashImageOptions {
  /** At most this many threads; as many as there are cores when absent. */
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

/** The salted digest of each 4 KiB block of the file at `path`, in order, for the tree or to verify one. */
export async function hashImageFile(
  path: string,
  salt: Buffer,
  { threads = availableParallelism(), range, signal, onProgress }: HashImageOptions = {},
): Promise<Buffer> {
  const dataBlocks = dataBlocksOf(range?.bytes ?? statSync(path).size);
  const shared: VerityWorkerData = {
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
  await runOnThreads(import.meta.url, './verity-worker', shared, {
    threads: Math.max(1, Math.min(threads, Math.ceil(dataBlocks / BLOCKS_PER_THREAD))),
    onMessage: onPiece,
    signal,
  });
  return Buffer.from(shared.digests);
}
