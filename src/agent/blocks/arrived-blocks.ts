import { VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';

/** Fetched blocks of a batch, until their turn comes. */
export class ArrivedBlocks {
  readonly #bytes: Buffer;
  readonly #places = new Map<number, number>();

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity * VERITY_BLOCK_BYTES);
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
