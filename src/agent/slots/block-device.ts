/**
 * A whole disk, as what writes slots sees it: a real one, or a model of one that forgets and tears what was not flushed. Offsets and
 * lengths are bytes and multiples of 512.
 */
export interface BlockDevice {
  /** In bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset` on, from the disk itself and not from a cache of the system. Throws outside of the disk. */
  read(offset: number, length: number): Buffer;
  /** Without a {@link flush} behind it, it may be on the disk, or not, or in part; and before or after what is written next. */
  write(offset: number, bytes: Uint8Array): void;
  /** Waits until everything written is on the disk, and would survive a power cut. */
  flush(): void;
}
