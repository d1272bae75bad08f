import {
  BLOCK_OF_ZEROS,
  BLOCKMAP_HEAD_BYTES,
  encodeBlockmap,
  entryOf,
  parseBlockmap,
  parseBlockmapHead,
  parsePackTable,
} from '../../../src/formats/blockmap/blockmap.ts';
import { sha256 } from '../../../src/model/digest.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

/** A block map, whole and in the parts in which a device reads it. */
const target: FuzzTarget = {
  name: 'blockmap',
  seeds: () => [
    encodeBlockmap({ rootHash: sha256('root'), packs: [], entries: Uint32Array.of(BLOCK_OF_ZEROS) }),
    encodeBlockmap({
      rootHash: sha256('root'),
      packs: [sha256('first'), sha256('second')],
      entries: Uint32Array.of(entryOf(0, 0), BLOCK_OF_ZEROS, entryOf(1, 4095)),
    }),
  ],
  run(input) {
    const head = parseBlockmapHead(input);
    parsePackTable(input.subarray(BLOCKMAP_HEAD_BYTES), head);
    const map = parseBlockmap(input);
    // What is accepted has one encoding.
    if (!encodeBlockmap(map).equals(input)) throw new Error('the map is encoded in another way than it was read');
  },
};

export default target;
