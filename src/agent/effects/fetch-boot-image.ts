import { existsSync } from 'node:fs';
import type { SlotDisk } from '../slots/slot-disk.ts';
import { bootImageCopies } from './boot-image-copies.ts';
import { type FetchObjectOptions, fetchObject } from './fetch-object.ts';

/**
 * Brings a boot image, of which only that comes over the network which no boot image on the ESP has: of an update that leaves kernel and initrd alone,
 * some kilobytes of its tens of megabytes. Throws as `fetchObject` does.
 */
export async function fetchBootImage(
  disk: Pick<SlotDisk, 'device' | 'esp'>,
  options: Omit<FetchObjectOptions, 'copies'>,
  log: (line: string) => void,
): Promise<void> {
  const { reader, file, out, signal } = options;
  const copies = existsSync(out) ? [] : await bootImageCopies(disk, reader, file, signal);
  const copied = copies.reduce((sum, { bytes }) => sum + bytes, 0);
  if (copied > 0) log(`${file.name}: ${file.size - copied} bytes to fetch, ${copied} are on this device`);
  await fetchObject({ ...options, copies });
}
