import { setImmediate } from 'node:timers/promises';
import { AshlarError } from '../../model/error.ts';
import { exactBytes } from '../../model/format-bytes.ts';
import { assertFree } from './assert-slot.ts';
import type { SlotDisk } from './slot-disk.ts';
import { readSlotLayout, slotAt } from './slot-layout.ts';

/** Bytes of a release and where they belong. Offset and length are multiples of 512 bytes. */
export interface SlotPiece {
  readonly part: 'data' | 'tree';
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Written between two flushes, so that none takes long and little is lost by a power cut. */
const BYTES_BETWEEN_FLUSHES = 16 << 20;

/**
 * Writes what comes into an empty slot, in any order, and waits until it is on the disk. Throws `slot-not-free` when the slot was
 * not given up, `image-larger-than-slot` for a piece that does not fit, the signal's reason when aborted.
 */
export async function writeSlot(
  { device }: Pick<SlotDisk, 'device'>,
  index: number,
  pieces: Iterable<SlotPiece> | AsyncIterable<SlotPiece>,
  signal?: AbortSignal,
): Promise<void> {
  const slot = slotAt(readSlotLayout(device), index);
  assertFree(slot);
  let unflushed = 0;
  for await (const { part, offset, bytes } of pieces) {
    signal?.throwIfAborted();
    const { start, size } = slot[part];
    if (offset < 0 || offset + bytes.length > size) {
      throw new AshlarError(
        'image-larger-than-slot',
        `${part === 'data' ? 'The root image' : 'The hash tree'} reaches to ${exactBytes(offset + bytes.length)}, and its partition has ${exactBytes(size)}.`,
        { hint: 'The layout of a disk is fixed when it is installed: this release needs a newly installed one.' },
      );
    }
    device.write(start + offset, bytes);
    unflushed += bytes.length;
    if (unflushed >= BYTES_BETWEEN_FLUSHES) {
      device.flush();
      unflushed = 0;
    }
    await setImmediate(); // the watchdog is petted, and an interrupt heard, between two pieces
  }
  device.flush();
}
