/** Fewer than this of the places are taken: probes stay short. */
const LOAD = 0.6;
const BYTES_OF_PREFIX = 8;
const EMPTY = 0;

/**
 * Where a digest was seen: a hash table of its first 64 bits, 14 bytes of memory a digest at most. A `Map` takes ten times that, and a
 * device has slots of a hundred thousand blocks and an agent that is to stay below 80 MB.
 *
 * Two digests with one prefix look the same: what is found must be hashed before it is used, as it must be anyway.
 */
export class DigestTable {
  readonly #prefixes: BigUint64Array;
  /** Value + 1; {@link EMPTY} for a free place. */
  readonly #values: Float64Array;
  readonly #mask: number;
  #count = 0;

  /** @param capacity how many digests will be added at most. */
  constructor(capacity: number) {
    const places = 2 ** Math.ceil(Math.log2(Math.max(8, capacity / LOAD)));
    this.#prefixes = new BigUint64Array(places);
    this.#values = new Float64Array(places);
    this.#mask = places - 1;
  }

  get count(): number {
    return this.#count;
  }

  /** Notes that the digest at `at` in `digests` was seen at `value`, a whole number from 0; the first place of a digest stays. */
  add(digests: Buffer, at: number, value: number): void {
    const place = this.#placeOf(digests, at);
    if (this.#values[place] !== EMPTY) return;
    this.#prefixes[place] = prefixAt(digests, at);
    this.#values[place] = value + 1;
    this.#count += 1;
  }

  /** Where the digest at `at` in `digests` was seen, or undefined. */
  find(digests: Buffer, at: number): number | undefined {
    const value = this.#values[this.#placeOf(digests, at)]!;
    return value === EMPTY ? undefined : value - 1;
  }

  /** The place that has the digest, or where it would go. SHA-256 spreads evenly: its last of the eight bytes begin the search. */
  #placeOf(digests: Buffer, at: number): number {
    const prefix = prefixAt(digests, at);
    let place = digests.readUInt32LE(at + BYTES_OF_PREFIX) & this.#mask;
    while (this.#values[place] !== EMPTY && this.#prefixes[place] !== prefix) place = (place + 1) & this.#mask;
    return place;
  }
}

function prefixAt(digests: Buffer, at: number): bigint {
  return digests.readBigUInt64LE(at);
}
