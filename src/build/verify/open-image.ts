import { closeSync, openSync, readFileSync, readSync, type Stats, statSync } from 'node:fs';
import type { ReadAt } from '../../formats/read-at.ts';
import { AshlarError } from '../../model/error.ts';
import { usingPath } from '../using-path.ts';

/** A file open for random access. */
export interface OpenImage {
  readonly size: number;
  readonly readAt: ReadAt;
  readonly close: () => void;
}

/** What sysfs counts a device's size in, whatever its own sectors are. */
const SYSFS_SECTOR_BYTES = 512;

/** Opens the image, disk or device at `path` for reading. Throws `path-unusable` when it cannot be read, or is neither. */
export function openImage(path: string): OpenImage {
  const [size, file] = usingPath(path, () => [sizeOf(path, statSync(path)), openSync(path, 'r')] as const);
  const readAt: ReadAt = (offset, bytes) => {
    const buffer = Buffer.allocUnsafe(bytes);
    for (let got = 0; got < bytes; ) {
      const count = readSync(file, buffer, got, bytes - got, offset + got);
      if (count === 0) throw new RangeError(`${path} ends before ${offset + bytes}`);
      got += count;
    }
    return buffer;
  };
  return { size, readAt, close: () => closeSync(file) };
}

/** Pipes and the like have no size and may never end: they are not opened. */
function sizeOf(path: string, stat: Stats): number {
  if (stat.isFile()) return stat.size;
  if (stat.isBlockDevice())
    return SYSFS_SECTOR_BYTES * Number(readFileSync(`/sys/dev/block/${deviceNumber(stat)}/size`, 'utf8'));
  throw new AshlarError('path-unusable', `${path} is neither a file nor a disk.`, {
    hint: 'Name a disk image or a disk.',
  });
}

/** `major:minor`, as Linux packs them into a `dev_t` (makedev(3)). */
function deviceNumber({ rdev }: Stats): string {
  const major = (rdev >>> 8) & 0xfff;
  const minor = (rdev & 0xff) | ((rdev >>> 12) & 0xfff00);
  return `${major}:${minor}`;
}
