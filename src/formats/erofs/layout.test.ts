import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type DataDemand, type Layout, layOut, type MetadataDemand } from './layout.ts';
import { BLOCK_BYTES, SLOT_BYTES } from './on-disk.ts';
import { parsePlacement, serializePlacement } from './placement.ts';

const ROOT_POSITION = 1184;
const ROOT: MetadataDemand = { key: 'inode:', headBytes: 64, tailBytes: 200 };

interface Wanted {
  readonly metadata: readonly MetadataDemand[];
  readonly data: readonly DataDemand[];
}

const wanted: fc.Arbitrary<Wanted> = fc
  .dictionary(
    fc.integer({ min: 0, max: 150 }).map((number) => `inode:${number}`),
    fc.record({
      headBytes: fc.oneof(
        fc.constantFrom(32, 64),
        fc.integer({ min: 12, max: 4000 }),
        fc.integer({ min: 12, max: 40_000 }),
      ),
      tailBytes: fc.oneof(fc.constant(0), fc.nat(4000)),
      blocks: fc.oneof(fc.constant(0), fc.nat(5), fc.nat(60)),
      version: fc.nat(2),
    }),
    { maxKeys: 120, noNullPrototype: true },
  )
  .map((entries) => {
    const rows = Object.entries(entries).map(([key, { version, ...rest }]) => ({
      ...rest,
      key,
      data: rest.blocks > 0 ? `file:${key}-${version}-${rest.blocks}` : undefined,
    }));
    return {
      metadata: [ROOT, ...rows.map(({ key, headBytes, tailBytes, data }) => ({ key, headBytes, tailBytes, data }))],
      data: rows.flatMap(({ data, blocks }) => (data === undefined ? [] : [{ key: data, blocks }])),
    };
  });

/** Everything is somewhere, nothing is twice, tails do not cross blocks, the end is the end. */
function check(layout: Layout, { metadata, data }: Wanted): void {
  const owner = new Map<number, string>();
  const take = (slot: number, key: string): void => {
    assert.equal(owner.get(slot), undefined, `${key} and ${owner.get(slot)} in slot ${slot}`);
    owner.set(slot, key);
  };
  for (const { key, headBytes, tailBytes } of metadata) {
    const { position, bytes } = layout.metadata.get(key)!;
    assert.equal(position % SLOT_BYTES, 0);
    assert.equal(bytes, headBytes + tailBytes);
    for (let slot = position / SLOT_BYTES; slot < (position + bytes) / SLOT_BYTES; slot++) take(slot, key);
    const tailStart = position + headBytes;
    assert.ok((tailStart % BLOCK_BYTES) + tailBytes <= BLOCK_BYTES, `the tail of ${key} crosses blocks`);
    if (bytes <= BLOCK_BYTES) assert.ok((position % BLOCK_BYTES) + bytes <= BLOCK_BYTES, `${key} crosses blocks`);
  }
  for (const { key, blocks } of data) {
    const { block } = layout.data.get(key)!;
    const slotsPerBlock = BLOCK_BYTES / SLOT_BYTES;
    for (let slot = block * slotsPerBlock; slot < (block + blocks) * slotsPerBlock; slot++) take(slot, key);
  }
  const used = new Set([...owner.keys()].map((slot) => Math.floor((slot * SLOT_BYTES) / BLOCK_BYTES)));
  assert.equal(layout.blocks, Math.max(...used) + 1);
  assert.equal(layout.metadata.get(ROOT.key)!.position, ROOT_POSITION);
}

describe('a layout', () => {
  test('gives each its own place', () => {
    fc.assert(
      fc.property(wanted, (first) => {
        const layout = layOut(ROOT_POSITION, first.metadata, first.data);
        check(layout, first);
        assert.equal(layout.unusedBlocks, 0);
      }),
      { numRuns: 100 },
    );
  });

  test('keeps to the one before', () => {
    fc.assert(
      fc.property(wanted, wanted, (first, second) => {
        const before = layOut(ROOT_POSITION, first.metadata, first.data);
        check(layOut(ROOT_POSITION, second.metadata, second.data, before), second);
      }),
      { numRuns: 100 },
    );
  });

  test('is the same again when nothing changes', () => {
    fc.assert(
      fc.property(wanted, (first) => {
        const before = layOut(ROOT_POSITION, first.metadata, first.data);
        const again = layOut(ROOT_POSITION, first.metadata, first.data, parsePlacement(serializePlacement(before)));
        assert.deepEqual(again, before);
      }),
      { numRuns: 50 },
    );
  });

  test('survives a placement that lies', () => {
    const lies = fc.dictionary(
      fc.integer({ min: 0, max: 150 }).map((number) => `inode:${number}`),
      fc.record({ position: fc.nat(200_000), bytes: fc.nat(50_000) }),
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(wanted, lies, (first, places) => {
        const data = new Map(first.data.map(({ key, blocks }, at) => [key, { block: at % 7, blocks }]));
        const placement = { metadata: new Map(Object.entries(places)), data, dataOf: new Map() };
        check(layOut(ROOT_POSITION, first.metadata, first.data, placement), first);
      }),
      { numRuns: 100 },
    );
  });
});

test('unchanged data stay when a file before them goes, grows or comes', () => {
  const data = Array.from({ length: 100 }, (_, at) => ({ key: `file:${at}`, blocks: 10 }));
  const before = layOut(ROOT_POSITION, [ROOT], data);
  const changed = data
    .filter((_, at) => at !== 3)
    .map((demand, at) => (at === 20 ? { key: 'file:x', blocks: 11 } : demand));
  const after = layOut(ROOT_POSITION, [ROOT], [{ key: 'file:new', blocks: 4 }, ...changed], before);
  for (const { key } of changed) {
    if (key !== 'file:x') assert.deepEqual(after.data.get(key), before.data.get(key));
  }
  assert.equal(after.data.get('file:new')!.block, before.data.get('file:3')!.block);
});

test('changed contents begin where the old ones did, when they fit', () => {
  const inode = { key: 'inode:a', headBytes: 64, tailBytes: 0 };
  const others = [{ key: 'file:other', blocks: 100 }];
  const before = layOut(
    ROOT_POSITION,
    [ROOT, { ...inode, data: 'file:old' }],
    [{ key: 'file:old', blocks: 9 }, ...others],
  );
  const after = layOut(
    ROOT_POSITION,
    [ROOT, { ...inode, data: 'file:new' }],
    [{ key: 'file:new', blocks: 8 }, ...others],
    before,
  );
  assert.equal(after.data.get('file:new')!.block, before.data.get('file:old')!.block);
});

test('when much has gone, what lies furthest behind moves and the image shrinks', () => {
  const data = Array.from({ length: 100 }, (_, at) => ({ key: `file:${at}`, blocks: 10 }));
  const before = layOut(ROOT_POSITION, [ROOT], data);
  const left = data.filter((_, at) => at >= 50);
  const after = layOut(ROOT_POSITION, [ROOT], left, before);
  assert.ok(after.unusedBlocks <= after.blocks / 8, `${after.unusedBlocks} of ${after.blocks}`);
  const stayed = left.filter(({ key }) => after.data.get(key)!.block === before.data.get(key)!.block);
  assert.ok(stayed.length > 0);
});

test('a placement that is not one is refused', () => {
  for (const text of ['', '{}', '[]', '{"version":1,"metadata":[["a",-1,2]],"data":[],"dataOf":[]}']) {
    assert.throws(() => parsePlacement(text), { code: 'placement-invalid' });
  }
});
