import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../../model/digest.ts';
import {
  BLOCK_OF_ZEROS,
  BLOCKMAP_HEAD_BYTES,
  blockOfEntry,
  encodeBlockmap,
  entryOf,
  MAX_PACK_BLOCKS,
  MAX_PACKS,
  packOfEntry,
  parseBlockmap,
  parseBlockmapHead,
} from './blockmap.ts';

const SAMPLE = {
  rootHash: sha256('root'),
  packs: [sha256('first'), sha256('second')],
  entries: Uint32Array.of(entryOf(0, 0), entryOf(0, 1), BLOCK_OF_ZEROS, entryOf(1, 4095)),
};

test('the sample of the format’s page', () => {
  const bytes = encodeBlockmap(SAMPLE);
  assert.equal(
    bytes.toString('hex'),
    [
      '6173686c6172626d', // ashlarbm
      '01000000', // version
      '02000000', // packs
      '0400000000000000', // data blocks
      '0000000000000000',
      SAMPLE.rootHash,
      ...SAMPLE.packs,
      '00000000',
      '01000000',
      'ffffffff',
      'ff1f0000',
    ].join(''),
  );
  assert.deepEqual(parseBlockmap(bytes), SAMPLE);
});

test('entries at the edges of what they can hold', () => {
  for (const [pack, block] of [
    [0, 0],
    [0, MAX_PACK_BLOCKS - 1],
    [MAX_PACKS - 1, 0],
    [MAX_PACKS - 1, MAX_PACK_BLOCKS - 1],
  ] as const) {
    const entry = entryOf(pack, block);
    assert.deepEqual([packOfEntry(entry), blockOfEntry(entry)], [pack, block]);
    assert.notEqual(entry, BLOCK_OF_ZEROS);
  }
});

test('any map is read as it was written', () => {
  const map = fc
    .tuple(
      fc.uniqueArray(fc.nat(), { maxLength: 20 }),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: MAX_PACK_BLOCKS - 1 })), { minLength: 1, maxLength: 50 }),
    )
    .map(([packs, blocks]) => ({
      rootHash: sha256('any'),
      packs: packs.map((pack) => sha256(String(pack))),
      entries: Uint32Array.from(blocks, ([pack, block]) =>
        packs.length === 0 ? BLOCK_OF_ZEROS : entryOf(pack % packs.length, block),
      ),
    }));
  fc.assert(fc.property(map, (each) => assert.deepEqual(parseBlockmap(encodeBlockmap(each)), each)));
});

/** The sample with other bytes at an offset. */
function altered(offset: number, ...values: number[]): Buffer {
  const bytes = encodeBlockmap(SAMPLE);
  bytes.set(values, offset);
  return bytes;
}

const REFUSED: Readonly<Record<string, Buffer>> = {
  'nothing at all': Buffer.alloc(0),
  'half a head': encodeBlockmap(SAMPLE).subarray(0, BLOCKMAP_HEAD_BYTES - 1),
  'another signature': altered(0, 0x41),
  'another version': altered(8, 2),
  'more packs than there may be': altered(12, 0, 0, 1),
  'more packs than there are': altered(12, 3),
  'no blocks': altered(16, 0),
  'more blocks than there are': altered(16, 5),
  'more blocks than there may be': altered(16, 0, 0, 0, 0, 2),
  'something in the padding': altered(24, 1),
  'a pack that it does not name': altered(BLOCKMAP_HEAD_BYTES + 64 + 1, 0x20),
  'a pack twice': encodeBlockmap({ ...SAMPLE, packs: [SAMPLE.packs[0]!, SAMPLE.packs[0]!] }),
  'a byte too few': encodeBlockmap(SAMPLE).subarray(0, -1),
  'a byte too many': Buffer.concat([encodeBlockmap(SAMPLE), Buffer.alloc(1)]),
};

for (const [name, bytes] of Object.entries(REFUSED)) {
  test(`refused: ${name}`, () => assert.throws(() => parseBlockmap(bytes), { code: 'blockmap-invalid' }));
}

test('a head that asks for terabytes costs nothing', () => {
  const head = parseBlockmapHead(altered(12, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 1));
  assert.equal(head.dataBlocks, 2 ** 32);
  assert.throws(() => parseBlockmap(altered(16, 0, 0, 0, 0, 1)), { code: 'blockmap-invalid' });
});
