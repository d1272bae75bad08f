import { closeSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { FatFile } from '../../formats/fat/write-fat32.ts';
import { writeFat32 } from '../../formats/fat/write-fat32.ts';
import { encodePartitionTable } from '../../formats/gpt/encode-table.ts';
import { AshlarError } from '../../model/error.ts';
import { exactBytes } from '../../model/format-bytes.ts';
import type { Manifest, ReleaseFile } from '../../model/manifest.ts';
import { draftFile } from '../file-draft.ts';
import { pathError } from '../using-path.ts';
import { diskLayout } from './disk-layout.ts';
import { type EspEnrolment, espFiles } from './esp-files.ts';

export interface DiskImageOptions {
  readonly manifest: Manifest;
  /** The release directory that has the manifest's files. */
  readonly directory: string;
  /** Files of the release that are taken from here, not from the directory: boot images that were signed just now. */
  readonly signed?: ReadonlyMap<string, Buffer> | undefined;
  /** Keys that the loader is to give to firmware that has none. */
  readonly enrolment?: EspEnrolment | undefined;
  /** Where the raw disk goes. */
  readonly out: string;
  /** Size of the disk in bytes; the smallest that has room for /var when absent. */
  readonly diskSize?: number | undefined;
  /** False for a disk that is gone after use: it is not flushed, which can take seconds. Default true. */
  readonly durable?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes copied since the last call. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** 1 MiB: large enough to be fast, small enough to be stopped in. */
const PIECE_BYTES = 1024 ** 2;
/** Runs of zeros of this size are left out of the file: they read as zeros and take no space. */
const HOLE_BYTES = 4096;
const ZEROS = Buffer.alloc(HOLE_BYTES);

/**
 * Writes the release as a raw disk: partition table, EFI system partition, and the root with its hash tree in the first slot. The file
 * is sparse, and depends on the release, what enrols keys, and `diskSize` alone. It is written beside `out` and renamed when it is complete.
 *
 * Throws `image-larger-than-slot`, `esp-too-small`, `disk-too-small` before anything is written, `release-not-found` when a file of the
 * release is not there or has another size, `disk-full`, `path-unusable`.
 */
export async function writeDiskImage(options: DiskImageOptions): Promise<{ readonly size: number }> {
  const { manifest, out } = options;
  const { table, esp, root, tree } = diskLayout(manifest, options.diskSize);
  const contents = {
    loader: fileContent(options, manifest.boot.loader),
    uki: fileContent(options, manifest.boot.uki),
    enrolment: options.enrolment,
  };
  const files = espFiles(manifest, contents);
  const draft = draftFile(out);
  try {
    const disk = openSync(draft.path, 'wx', 0o644);
    try {
      ftruncateSync(disk, table.diskSize);
      const at = (partition: number): number => table.partitions[partition]!.start;
      writeFat32(
        {
          size: table.partitions[esp]!.size,
          mtime: manifest.created,
          files,
          label: 'ESP',
          volumeId: Number.parseInt(manifest.root.hash.slice(0, 8), 16),
        },
        (offset, bytes) => writeSparse(disk, at(esp) + offset, bytes),
      );
      for (const [partition, file] of [
        [root, manifest.root.image],
        [tree, manifest.root.tree],
      ] as const) {
        let offset = at(partition);
        for (const bytes of piecesOf(options, file)) {
          writeSparse(disk, offset, bytes);
          offset += bytes.length;
          await setImmediate(); // an interrupt is heard between two pieces
        }
      }
      for (const { offset, bytes } of Object.values(encodePartitionTable(table))) writeAll(disk, offset, bytes);
      if (options.durable ?? true) fsyncSync(disk);
    } finally {
      closeSync(disk);
    }
    draft.publish();
  } catch (error) {
    throw pathError(out, error);
  } finally {
    draft.discard();
  }
  return { size: table.diskSize };
}

function fileContent(options: DiskImageOptions, file: ReleaseFile): FatFile['content'] {
  const signed = options.signed?.get(file.name);
  if (signed !== undefined) return signed;
  return {
    size: file.size,
    copyTo(write) {
      for (const bytes of piecesOf(options, file)) write(bytes);
    },
  };
}

/** The file's bytes in order. Throws `release-not-found` when they are not as many as the manifest says. */
function* piecesOf({ directory, signal, onProgress }: DiskImageOptions, file: ReleaseFile): Generator<Buffer> {
  const path = join(directory, file.name);
  const incomplete = (cause?: unknown): AshlarError =>
    new AshlarError(
      'release-not-found',
      `${path} is not the file of ${exactBytes(file.size)} that the manifest names.`,
      {
        hint: 'Run `ashlar verify` on the release, and build or fetch it again.',
        cause,
      },
    );
  let opened: number;
  try {
    opened = openSync(path, 'r');
  } catch (error) {
    throw incomplete(error);
  }
  try {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    let left = file.size;
    for (let got = readSync(opened, piece); got > 0; got = readSync(opened, piece)) {
      signal?.throwIfAborted();
      left -= got;
      if (left < 0) break;
      yield piece.subarray(0, got);
      onProgress?.(got);
    }
    if (left !== 0) throw incomplete();
  } finally {
    closeSync(opened);
  }
}

function writeSparse(file: number, offset: number, bytes: Uint8Array): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = 0;
  for (let at = 0; at < buffer.length; at += HOLE_BYTES) {
    const block = buffer.subarray(at, at + HOLE_BYTES);
    if (!block.equals(ZEROS.subarray(0, block.length))) continue;
    if (at > start) writeAll(file, offset + start, buffer.subarray(start, at));
    start = at + block.length;
  }
  if (start < buffer.length) writeAll(file, offset + start, buffer.subarray(start));
}

function writeAll(file: number, offset: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, offset + at);
}
