import { type Random, randomFrom } from './random.ts';

/** How much longer than its seed an input may become. */
const MAX_GROWTH_BYTES = 4_096;
const MAX_CHANGES = 6;
/** Bytes this near to a byte that is not zero are part of a structure. */
const NEIGHBOURHOOD_BYTES = 8;

/** Values at the borders of integers, where range checks fail. */
const EXTREMES = [
  0n,
  1n,
  2n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  (1n << 53n) - 1n,
  1n << 53n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
];
const WIDTHS = [1, 2, 4, 8] as const;

/** A seed, and where in it something is: images are mostly zeros, and a change there finds nothing. */
export interface Seed {
  readonly bytes: Buffer;
  readonly places: Uint32Array;
}

export function seedOf(bytes: Buffer): Seed {
  const places: number[] = [];
  let until = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === 0) continue;
    const from = Math.max(until, at - NEIGHBOURHOOD_BYTES);
    until = Math.min(bytes.length, at + NEIGHBOURHOOD_BYTES + 1);
    for (let place = from; place < until; place++) places.push(place);
  }
  return { bytes, places: Uint32Array.from(places) };
}

/** The input number `index` of a run: a copy of one of the seeds with one to six changes. Depends on its arguments alone. */
export function mutate(seeds: readonly Seed[], runSeed: number, index: number): Buffer {
  const random = randomFrom(Math.imul(runSeed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca77));
  const seed = random.pick(seeds);
  let bytes: Buffer = Buffer.from(seed.bytes);
  for (let changes = 1 + random.below(MAX_CHANGES); changes > 0; changes--) bytes = change(bytes, seed, seeds, random);
  return bytes;
}

function change(bytes: Buffer, seed: Seed, seeds: readonly Seed[], random: Random): Buffer {
  const at = placeIn(bytes, seed, random);
  switch (random.below(12)) {
    case 0:
    case 1:
      if (at < bytes.length) bytes[at]! ^= 1 << random.below(8);
      return bytes;
    case 2:
      if (at < bytes.length) bytes[at] = random.below(256);
      return bytes;
    case 3:
      if (at < bytes.length) bytes[at] = bytes[at]! + (random.chance(1, 2) ? 1 : -1);
      return bytes;
    case 4:
    case 5:
    case 6:
      writeInteger(bytes, at, random);
      return bytes;
    case 7: {
      // A piece of this or another seed in place of what is here.
      const other = random.pick(seeds);
      const from = placeIn(other.bytes, other, random);
      other.bytes.copy(bytes, at, from, from + 1 + random.below(64));
      return bytes;
    }
    case 8: {
      const end = Math.min(bytes.length, at + 1 + random.below(64));
      bytes.fill(random.pick([0, 0xff, random.below(256)]), Math.min(at, end), end);
      return bytes;
    }
    case 9:
      return random.chance(1, 4) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
    case 10: {
      // Something in between: a piece is doubled.
      if (bytes.length > seed.bytes.length + MAX_GROWTH_BYTES || !random.chance(1, 4)) return bytes;
      const piece = bytes.subarray(at, at + 1 + random.below(64));
      return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
    }
    default:
      if (!random.chance(1, 4)) return bytes;
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(64))]);
  }
}

/** Seven times in eight where something is, otherwise anywhere. */
function placeIn(bytes: Buffer, seed: Seed, random: Random): number {
  const known = seed.places[random.below(seed.places.length)];
  return known !== undefined && random.chance(7, 8) ? Math.min(known, bytes.length) : random.below(bytes.length + 1);
}

/** An extreme value, little- or big-endian, where a field of its width could be. */
function writeInteger(bytes: Buffer, at: number, random: Random): void {
  const width = random.pick(WIDTHS);
  const aligned = at - (at % width);
  if (aligned + width > bytes.length) return;
  const field = Buffer.alloc(8);
  field.writeBigUInt64LE(random.pick(EXTREMES));
  const value = field.subarray(0, width);
  if (random.chance(1, 8)) value.reverse();
  value.copy(bytes, aligned);
}
