import { type FileHandle, open } from 'node:fs/promises';
import type { Random } from '../../model/random.ts';
import { type DiskWrite, type Survivors, WriteCache } from './write-cache.ts';

/** Disks have caches of tens of MiB; what goes beyond is written out, oldest first, and is then safe. */
export const CACHE_BYTES = 64 << 20;

/** Zeros are written in pieces, and only where there is something else: the file stays sparse. */
const PIECE_BYTES = 1 << 20;
const ZEROS = Buffer.alloc(PIECE_BYTES);

/** A raw image that behaves as a disk with a volatile write cache. Calls must not overlap. */
export interface VolatileDisk {
  readonly size: number;
  read(offset: number, length: number): Promise<Buffer>;
  /** @param durable true for a write that is on the medium when it is answered (FUA). */
  write(write: DiskWrite, durable: boolean): Promise<void>;
  flush(): Promise<void>;
  /** The power goes: the image then holds what this disk would be found with. */
  cut(random: Random): Promise<Survivors>;
  close(): Promise<void>;
}

/**
 * @param image raw; it is the medium, and is written to.
 * @param cacheBytes see {@link CACHE_BYTES}.
 */
export async function openVolatileDisk(image: string, cacheBytes: number = CACHE_BYTES): Promise<VolatileDisk> {
  const file = await open(image, 'r+');
  const { size } = await file.stat();
  const cache = new WriteCache();
  const writeOut = async (writes: readonly DiskWrite[]): Promise<void> => {
    for (const write of writes) await writeThrough(file, write);
  };
  const flush = (): Promise<void> => writeOut(cache.drain());
  return {
    size,
    async read(offset, length) {
      const bytes = await readAll(file, offset, length);
      cache.overlay(offset, bytes);
      return bytes;
    },
    async write(write, durable) {
      // A durable write over one that is still held would be undone by it later: what is held goes first, as a disk may always do.
      if (durable) {
        await flush();
        await writeThrough(file, write);
        return;
      }
      cache.add(write);
      while (cache.bytes > cacheBytes) await writeOut([cache.shift()!]);
    },
    flush,
    async cut(random) {
      const survivors = cache.cut(random);
      await writeOut(survivors.writes);
      return survivors;
    },
    close: () => file.close(),
  };
}

async function writeThrough(file: FileHandle, { offset, length, bytes }: DiskWrite): Promise<void> {
  if (bytes !== undefined) return writeAll(file, offset, bytes);
  for (let at = 0; at < length; at += PIECE_BYTES) {
    const zeros = ZEROS.subarray(0, Math.min(PIECE_BYTES, length - at));
    if (!zeros.equals(await readAll(file, offset + at, zeros.length))) await writeAll(file, offset + at, zeros);
  }
}

async function writeAll(file: FileHandle, offset: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at, offset + at)).bytesWritten;
  }
}

async function readAll(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, offset + at);
    // The file is as long as the disk, unless somebody cut it: then the rest reads as zeros.
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes;
}
