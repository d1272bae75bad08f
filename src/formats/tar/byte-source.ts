import { tarCorrupt } from './tar-error.ts';

/** Exact reads over a stream of chunks of any size. Holds no more than the current chunk and what one `read` asks for. */
export class ByteSource {
  /** How many bytes have been consumed: where in the archive the next one lies. */
  position = 0;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** The next `size` bytes; undefined when the stream ends before the first of them. Throws `tar-corrupt` when it ends within. */
  async read(size: number): Promise<Buffer | undefined> {
    if (this.#chunk.length >= size) return this.#advance(size);
    const start = this.position;
    const parts: Buffer[] = [];
    for (let missing = size; missing > 0; ) {
      if (this.#chunk.length === 0 && !(await this.#fill())) {
        if (parts.length === 0) return undefined;
        throw tarCorrupt(`it ends ${missing} bytes too early`, start);
      }
      const part = this.#advance(Math.min(missing, this.#chunk.length));
      parts.push(part);
      missing -= part.length;
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts, size);
  }

  /** The next bytes, at most `most` of them, without joining chunks. Throws `tar-corrupt` at the end of the stream. */
  async readSome(most: number): Promise<Buffer> {
    if (this.#chunk.length === 0 && !(await this.#fill())) throw tarCorrupt('it ends within a file', this.position);
    return this.#advance(Math.min(most, this.#chunk.length));
  }

  /** Passes over `size` bytes. Throws `tar-corrupt` when the stream ends before. */
  async skip(size: number): Promise<void> {
    for (let left = size; left > 0; ) left -= (await this.readSome(left)).length;
  }

  /** Reads to the end of the stream, so that the program that writes it is not stopped by a closed pipe. */
  async drain(): Promise<void> {
    do this.#advance(this.#chunk.length);
    while (await this.#fill());
  }

  /** Tells the stream that no more of it is wanted. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #advance(size: number): Buffer {
    const bytes = this.#chunk.subarray(0, size);
    this.#chunk = this.#chunk.subarray(size);
    this.position += size;
    return bytes;
  }

  async #fill(): Promise<boolean> {
    for (;;) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      if (next.value.length === 0) continue;
      this.#chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.length);
      return true;
    }
  }
}
