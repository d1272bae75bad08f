import { VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';
import type { RangeBytes } from '../../store/transport/repository-reader.ts';

/**
 * The `pieces` of ranges that are whole blocks, block by block. A network cuts where it likes; ranges begin and end where blocks do, so what is
 * left of one piece goes on in the next. The bytes of a block are used again for the next one.
 */
export async function* wholeBlocks(pieces: AsyncIterable<RangeBytes>): AsyncGenerator<RangeBytes> {
  const begun = Buffer.alloc(VERITY_BLOCK_BYTES);
  let filled = 0;
  for await (const { offset, bytes } of pieces) {
    let used = 0;
    if (filled > 0) {
      used = bytes.copy(begun, filled);
      filled += used;
      if (filled < VERITY_BLOCK_BYTES) continue;
      yield { offset: offset + used - VERITY_BLOCK_BYTES, bytes: begun };
      filled = 0;
    }
    for (; used + VERITY_BLOCK_BYTES <= bytes.length; used += VERITY_BLOCK_BYTES) {
      yield { offset: offset + used, bytes: bytes.subarray(used, used + VERITY_BLOCK_BYTES) };
    }
    filled = bytes.copy(begun, 0, used);
  }
}
