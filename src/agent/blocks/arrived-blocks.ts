import { VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';

/**
 * Fetched blocks of a batch, until their turn comes. One for all batches: what is outside of the JavaScript heap is given back late, and an agent's memory is
 * counted.
 */
export class ArrivedBlocks {
  readonly #capacity: number;
  #bytes = Buffer.alloc(0);
  readonly #places = new Map<number, number>();

  /** @param capacity how many blocks a batch has at most. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Forgets what is there, for a batch of `count` blocks. */
  begin(count: number): void {
    this.#places.clear();
    // Most updates need one batch of a few blocks.
    if (count * VERITY_BLOCK_BYTES <= this.#bytes.length) return;
    const enough = count * 2 > this.#capacity ? this.#capacity : count * 2;
    this.#bytes = Buffer.allocUnsafe(enough * VERITY_BLOCK_BYTES);
  }

  add(block: number, bytes: Buffer): void {
    bytes.copy(this.#bytes, this.#places.size * VERITY_BLOCK_BYTES);
    this.#places.set(block, this.#places.size);
  }

  /** False when the block is not here. */
  copyTo(block: number, target: Buffer, at: number): boolean {
    const place = this.#places.get(block);
    if (place === undefined) return false;
    this.#bytes.copy(target, at, place * VERITY_BLOCK_BYTES, (place + 1) * VERITY_BLOCK_BYTES);
    return true;
  }
}
