/**
 * LZ4 block format, compressing (lz4_Block_format.md): sequences of a token, literals, a 16-bit offset back and a match length.
 * The last sequence has literals only; a block's last 5 bytes are literals and its last match begins at least 12 bytes before its
 * end. {@link findLz4Sequences} searches, {@link writeLz4Block} writes, so that one search serves every place to cut.
 */
const LEAST_MATCH = 4;
const LAST_LITERALS = 5;
const LAST_MATCH_DISTANCE = 12;
/** How far back a match may lie; also what the image's LZ4 configuration says. */
export const LZ4_MAX_DISTANCE = 65535;
/** Of a token's two halves: this value says that further bytes of length follow. */
const NIBBLE_FULL = 15;

const HASH_BITS = 15;
/** Candidates tried for each position: 16 gives 2 % smaller images than 4 and takes a fifth more time. */
const CHAIN_DEPTH = 16;
/** After so many positions without a match the search begins to skip: incompressible input is passed quickly. */
const SKIP_SHIFT = 6;

/** Matches of an input in the order of their positions. Between them are literals. */
export interface Lz4Sequences {
  readonly count: number;
  readonly position: Int32Array;
  readonly length: Int32Array;
  readonly offset: Int32Array;
}

function hashAt(input: Buffer, at: number): number {
  const word = input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24);
  return Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
}

function matchLength(input: Buffer, earlier: number, at: number, end: number): number {
  let length = 0;
  while (at + length < end && input[earlier + length] === input[at + length]) length++;
  return length;
}

/** Greedy search with chains of earlier positions that have the same hash. */
export function findLz4Sequences(input: Buffer): Lz4Sequences {
  const most = Math.ceil(input.length / LEAST_MATCH);
  const found = {
    count: 0,
    position: new Int32Array(most),
    length: new Int32Array(most),
    offset: new Int32Array(most),
  };
  const head = new Int32Array(1 << HASH_BITS).fill(-1);
  const before = new Int32Array(input.length);
  const lastStart = input.length - LAST_MATCH_DISTANCE;
  const matchEnd = input.length - LAST_LITERALS;
  const remember = (at: number): void => {
    const hash = hashAt(input, at);
    before[at] = head[hash]!;
    head[hash] = at;
  };

  let misses = 0;
  for (let at = 0; at <= lastStart; ) {
    const hash = hashAt(input, at);
    let bestLength = 0;
    let bestAt = 0;
    let candidate = head[hash]!;
    before[at] = candidate;
    head[hash] = at;
    for (let tried = 0; tried < CHAIN_DEPTH && candidate >= 0 && at - candidate <= LZ4_MAX_DISTANCE; tried++) {
      if (input[candidate + bestLength] === input[at + bestLength]) {
        const length = matchLength(input, candidate, at, matchEnd);
        if (length > bestLength) {
          bestLength = length;
          bestAt = candidate;
          if (at + length === matchEnd) break;
        }
      }
      candidate = before[candidate]!;
    }
    if (bestLength < LEAST_MATCH) {
      misses++;
      at += 1 + (misses >>> SKIP_SHIFT);
      continue;
    }
    misses = 0;
    found.position[found.count] = at;
    found.length[found.count] = bestLength;
    found.offset[found.count] = at - bestAt;
    found.count++;
    const next = at + bestLength;
    for (at++; at < next; at++) if (at <= lastStart) remember(at);
  }
  return found;
}

/** Bytes behind a token for a length whose nibble is full. */
function extraLengthBytes(length: number): number {
  return length < NIBBLE_FULL ? 0 : 1 + Math.floor((length - NIBBLE_FULL) / 255);
}

/** Bytes of a sequence with `literals` literals and a match of `match` bytes. */
function sequenceBytes(literals: number, match: number): number {
  return 1 + extraLengthBytes(literals) + literals + 2 + extraLengthBytes(match - LEAST_MATCH);
}

/** How a block ends: the first `sequences` matches are used, and everything from there to `end` are literals. */
export interface Lz4Cut {
  readonly sequences: number;
  /** Bytes of input. */
  readonly end: number;
  /** Bytes of output. */
  readonly bytes: number;
}

/**
 * The longest prefix of the input whose block has at most `limit` bytes, with the sequences already found.
 * Undefined when not even one literal fits.
 */
export function cutLz4(inputBytes: number, found: Lz4Sequences, limit: number): Lz4Cut | undefined {
  let best: Lz4Cut | undefined;
  let written = 0;
  let literalStart = 0;
  for (let used = 0; ; used++) {
    const lastMatchStart = used === 0 ? -LAST_MATCH_DISTANCE : found.position[used - 1]!;
    const least = used === 0 ? 1 : LAST_LITERALS;
    const literals = Math.min(mostLiterals(limit - written), inputBytes - literalStart);
    const end = literalStart + literals;
    const bytes = written + 1 + extraLengthBytes(literals) + literals;
    const isBetter = best === undefined || end > best.end || (end === best.end && bytes < best.bytes);
    if (literals >= least && end - lastMatchStart >= LAST_MATCH_DISTANCE && isBetter) {
      best = { sequences: used, end, bytes };
    }
    if (used === found.count) return best;
    const position = found.position[used]!;
    const length = found.length[used]!;
    written += sequenceBytes(position - literalStart, length);
    if (written >= limit) return best;
    literalStart = position + length;
  }
}

/** How many literals a last sequence of at most `space` bytes holds. */
function mostLiterals(space: number): number {
  if (space <= NIBBLE_FULL) return space - 1;
  // Every 255 literals behind the first 15 cost one byte of length.
  const guess = space - 2 - Math.floor((space - 2 - NIBBLE_FULL) / 256);
  return 1 + extraLengthBytes(guess) + guess > space ? guess - 1 : guess;
}

/** Writes the block that `cut` describes. */
export function writeLz4Block(input: Buffer, found: Lz4Sequences, cut: Lz4Cut): Buffer {
  const block = Buffer.allocUnsafe(cut.bytes);
  let to = 0;
  const writeExtra = (length: number): void => {
    if (length < NIBBLE_FULL) return;
    let rest = length - NIBBLE_FULL;
    for (; rest >= 255; rest -= 255) block[to++] = 255;
    block[to++] = rest;
  };
  let from = 0;
  for (let index = 0; index < cut.sequences; index++) {
    const position = found.position[index]!;
    const literals = position - from;
    const match = found.length[index]! - LEAST_MATCH;
    block[to++] = (Math.min(literals, NIBBLE_FULL) << 4) | Math.min(match, NIBBLE_FULL);
    writeExtra(literals);
    to += input.copy(block, to, from, position);
    to = block.writeUInt16LE(found.offset[index]!, to);
    writeExtra(match);
    from = position + found.length[index]!;
  }
  const literals = cut.end - from;
  block[to++] = Math.min(literals, NIBBLE_FULL) << 4;
  writeExtra(literals);
  input.copy(block, to, from, cut.end);
  return block;
}
