const MIN_MATCH = 4;
const LENGTH_ESCAPE = 15;
/** Below this a loop copies faster than a call does (measured with V8 14). */
const SHORT_COPY = 32;

/** A byte of input stands for at most 255 bytes of output: nothing larger is allocated on the word of an image. */
const MAX_RATIO = 255;

/** How much of the input an LZ4 block must explain. */
export type Lz4Extent = 'whole' | 'prefix';

/**
 * Decodes an LZ4 block (LZ4 Block Format Description) into `length` bytes. `whole`: the block must end there, to the byte;
 * `prefix`: decoding stops when they are there. Gives undefined for input that does not do so; never reads or writes outside.
 */
export function decodeLz4(input: Uint8Array, length: number, extent: Lz4Extent): Buffer | undefined {
  if (length > input.length * MAX_RATIO) return undefined;
  const output = Buffer.allocUnsafe(length);
  let from = 0;
  let to = 0;
  for (;;) {
    if (from >= input.length) return undefined;
    const token = input[from++]!;

    let literals = token >> 4;
    if (literals === LENGTH_ESCAPE) {
      for (let byte = 255; byte === 255; literals += byte) {
        if (from >= input.length) return undefined;
        byte = input[from++]!;
      }
    }
    if (extent === 'prefix') literals = Math.min(literals, length - to);
    if (literals > input.length - from || literals > length - to) return undefined;
    if (literals < SHORT_COPY) for (const end = to + literals; to < end; ) output[to++] = input[from++]!;
    else {
      output.set(input.subarray(from, from + literals), to);
      from += literals;
      to += literals;
    }
    if (to === length && (extent === 'prefix' || from === input.length)) return output;

    if (from + 2 > input.length) return undefined;
    const distance = input[from]! | (input[from + 1]! << 8);
    from += 2;
    let match = (token & LENGTH_ESCAPE) + MIN_MATCH;
    if (match === LENGTH_ESCAPE + MIN_MATCH) {
      for (let byte = 255; byte === 255; match += byte) {
        if (from >= input.length) return undefined;
        byte = input[from++]!;
      }
    }
    if (extent === 'prefix') match = Math.min(match, length - to);
    if (distance === 0 || distance > to || match > length - to) return undefined;
    const end = to + match;
    if (match >= SHORT_COPY && distance >= match) {
      output.copyWithin(to, to - distance, end - distance);
      to = end;
    } else if (match >= SHORT_COPY && distance === 1) {
      output.fill(output[to - 1]!, to, end);
      to = end;
    } else for (; to < end; to++) output[to] = output[to - distance]!;
    if (to === length && extent === 'prefix') return output;
  }
}
