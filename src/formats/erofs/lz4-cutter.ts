import type { Cutter } from './cutter.ts';
import { cutLz4, findLz4Sequences, writeLz4Block } from './lz4-encode.ts';

/** Bytes of input in the largest piece. LZ4 looks back 64 KiB at most; 128 KiB pieces save 2 % and cost twice as much to read at random. */
const LZ4_MAX_INPUT = 64 << 10;

/** Bytes of a block of `inputBytes` literals, which no block is longer than. */
function worstCase(inputBytes: number): number {
  return inputBytes + Math.ceil(inputBytes / 255) + 16;
}

/** Cuts pieces of LZ4 blocks. */
export function lz4Cutter(maxInput = LZ4_MAX_INPUT): Cutter {
  return {
    algorithm: 'lz4',
    maxInput,
    compress(input) {
      const found = findLz4Sequences(input);
      const whole = cutLz4(input.length, found, worstCase(input.length))!;
      return {
        bytes: writeLz4Block(input, found, whole),
        fill(limit) {
          const cut = cutLz4(input.length, found, limit);
          return cut && { length: cut.end, bytes: writeLz4Block(input, found, cut) };
        },
      };
    },
  };
}
