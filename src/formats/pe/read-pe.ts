import { AshlarError } from '../../model/error.ts';
import type { ReadAt } from '../read-at.ts';
import { type PeImage, parsePe } from './parse-pe.ts';

/** Room for the headers of a hundred sections; systemd's stub has less than 2 KiB of them. */
export const PE_HEADER_BYTES = 8192;

/** Headers and sections of the image of `size` bytes behind `readAt`, of which no more than {@link PE_HEADER_BYTES} are read. Undefined when it is none. */
export function readPe(readAt: ReadAt, size: number): PeImage | undefined {
  try {
    return parsePe(readAt(0, Math.min(PE_HEADER_BYTES, size)), size);
  } catch (error) {
    if (error instanceof AshlarError) return undefined;
    throw error;
  }
}
