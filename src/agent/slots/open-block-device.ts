import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { SECTOR_BYTES } from '../../formats/gpt/partition-table.ts';
import { AshlarError } from '../../model/error.ts';
import { alignedBuffer } from './aligned-buffer.ts';
import type { BlockDevice } from './block-device.ts';

/** A {@link BlockDevice} that has to be closed. */
export interface OpenBlockDevice extends BlockDevice, Disposable {
  close(): void;
}

/** What goes through memory at once: large enough to be fast, small enough not to be felt. */
const BOUNCE_BYTES = 1 << 20;

/**
 * Opens the whole disk at `path` past the page cache: what is read comes from the disk, and what is written fills no memory. Not the
 * partitions' own devices: Linux keeps a cache for each of them, and none of them sees what another writes. A regular file serves as well.
 *
 * Throws `disk-unsupported` when the disk cannot be opened or has sectors of another size than 512 bytes.
 */
export function openBlockDevice(path: string): OpenBlockDevice {
  const file = openPastCache(path);
  try {
    const size = sizeOf(path, file);
    return new DirectDevice(path, file, size);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

class DirectDevice implements OpenBlockDevice {
  readonly size: number;
  readonly #path: string;
  readonly #file: number;
  readonly #bounce = alignedBuffer(BOUNCE_BYTES);

  constructor(path: string, file: number, size: number) {
    this.#path = path;
    this.#file = file;
    this.size = size;
  }

  read(offset: number, length: number): Buffer {
    this.#check(offset, length);
    const result = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const wanted = Math.min(BOUNCE_BYTES, length - done);
      const got = readSync(this.#file, this.#bounce, 0, wanted, offset + done);
      if (got === 0) throw unsupported(`${this.#path} ends at ${offset + done}, before its size of ${this.size} bytes`);
      this.#bounce.copy(result, done, 0, got);
      done += got;
    }
    return result;
  }

  write(offset: number, bytes: Uint8Array): void {
    this.#check(offset, bytes.length);
    for (let done = 0; done < bytes.length; ) {
      const wanted = Math.min(BOUNCE_BYTES, bytes.length - done);
      this.#bounce.set(bytes.subarray(done, done + wanted));
      done += writeSync(this.#file, this.#bounce, 0, wanted, offset + done);
    }
  }

  flush(): void {
    fdatasyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #check(offset: number, length: number): void {
    const whole = offset % SECTOR_BYTES === 0 && length % SECTOR_BYTES === 0;
    if (whole && offset >= 0 && length >= 0 && offset + length <= this.size) return;
    throw new RangeError(`${length} bytes at ${offset} are not whole sectors of ${this.#path} (${this.size} bytes)`);
  }
}

function openPastCache(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_DIRECT);
  } catch (error) {
    throw unsupported(`${path} cannot be opened past the page cache`, error);
  }
}

function sizeOf(path: string, file: number): number {
  const status = fstatSync(file);
  const size = status.isBlockDevice() ? blockDeviceSize(path, status) : status.size;
  if (size % SECTOR_BYTES !== 0) throw unsupported(`${path} has ${size} bytes, which are not whole sectors`);
  return size;
}

/** From sysfs, which counts in sectors of 512 bytes whatever the disk's own are. */
function blockDeviceSize(path: string, status: Stats): number {
  const folder = `/sys/dev/block/${deviceNumber(status.rdev)}`;
  const read = (name: string): number => Number(readFileSync(`${folder}/${name}`, 'latin1'));
  const sector = read('queue/logical_block_size');
  if (sector !== SECTOR_BYTES)
    throw unsupported(`${path} has sectors of ${sector} bytes, and only ${SECTOR_BYTES} are supported`);
  return read('size') * SECTOR_BYTES;
}

/** `major:minor` of a device number as glibc packs it (makedev(3)): 12 + 20 bits lie below bit 32, and more above. */
function deviceNumber(rdev: number): string {
  const low = rdev % 2 ** 32;
  const high = Math.floor(rdev / 2 ** 32);
  const major = ((low >>> 8) & 0xfff) | (high & ~0xfff);
  const minor = (low & 0xff) | ((low >>> 12) & ~0xff);
  return `${major}:${minor}`;
}

function unsupported(what: string, cause?: unknown): AshlarError {
  return new AshlarError('disk-unsupported', `The disk cannot be updated: ${what}.`, {
    hint: 'Updates need the whole disk that Ashlar wrote, with 512-byte sectors, and the rights of root.',
    cause,
  });
}
