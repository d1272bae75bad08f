import type { ReadAt } from '../../formats/read-at.ts';
import { VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';
import { type LocalImage, readLocal } from './local-image.ts';
import type { LocalPlace } from './local-index.ts';

/** Copies blocks that follow each other in a local image, and in the new one, with one read; `copied` is told of each run. */
export class CopyRun {
  readonly #locals: readonly LocalImage[];
  readonly #window: Buffer;
  readonly #copied: (index: number, count: number, image: number) => void;
  #begin: { readonly index: number; readonly place: LocalPlace } | undefined;
  #count = 0;

  constructor(
    locals: readonly LocalImage[],
    window: Buffer,
    copied: (index: number, count: number, image: number) => void,
  ) {
    this.#locals = locals;
    this.#window = window;
    this.#copied = copied;
  }

  add(index: number, place: LocalPlace): void {
    const begin = this.#begin;
    const continues =
      begin !== undefined &&
      begin.index + this.#count === index &&
      begin.place.image === place.image &&
      begin.place.block + this.#count === place.block;
    if (!continues) {
      this.flush();
      this.#begin = { index, place };
    }
    this.#count += 1;
  }

  flush(): void {
    if (this.#begin !== undefined) {
      const { index, place } = this.#begin;
      const [at, length] = [index * VERITY_BLOCK_BYTES, this.#count * VERITY_BLOCK_BYTES];
      const { data } = this.#locals[place.image]!;
      const bytes = readLocal(data, place.block * VERITY_BLOCK_BYTES, length);
      if (bytes !== undefined) bytes.copy(this.#window, at);
      else this.#blockByBlock(data, place.block, at, length);
      this.#copied(index, this.#count, place.image);
    }
    this.#begin = undefined;
    this.#count = 0;
  }

  /** One bad sector must not cost its neighbours. What cannot be read is a wrong block, and fetched as one. */
  #blockByBlock(data: ReadAt, first: number, at: number, length: number): void {
    for (let done = 0; done < length; done += VERITY_BLOCK_BYTES) {
      const bytes = readLocal(data, first * VERITY_BLOCK_BYTES + done, VERITY_BLOCK_BYTES);
      if (bytes === undefined) this.#window.fill(0, at + done, at + done + VERITY_BLOCK_BYTES);
      else bytes.copy(this.#window, at + done);
    }
  }
}
