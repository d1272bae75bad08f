import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import {
  newImage,
  SALT,
  type SampleImage,
  sampleBlock,
  sampleImage,
  storeImage,
} from '../../build/publish/packed-image.fixture.ts';
import { readAtOf } from '../../formats/read-at.ts';
import { VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';
import { sha256 } from '../../model/digest.ts';
import { blockmapPath, objectPath } from '../../model/repository.ts';
import { openDirectoryWriter } from '../../store/transport/directory/directory-writer.ts';
import type { RepositoryReader } from '../../store/transport/repository-reader.ts';
import { scratchDirectory } from '../../store/transport/scratch.fixture.ts';
import type { LocalImage } from './local-image.ts';
import type { TreePlace } from './obtain-tree.ts';
import { type BlockPlan, planBlocks } from './plan-blocks.ts';

/** A slot that holds the image. */
function slot({ image, tree }: SampleImage, name = 'slot'): LocalImage {
  return { name, data: readAtOf(image), dataBytes: image.length, tree: readAtOf(tree), treeBytes: tree.length };
}

/** A hash partition in memory, full of what was there before. */
function treePartition({ tree }: SampleImage): TreePlace & { readonly bytes: Buffer } {
  const bytes = Buffer.alloc(tree.length, 0xaa);
  return {
    bytes,
    read: (offset, length) => Buffer.from(bytes.subarray(offset, offset + length)),
    write: (offset, block) => void bytes.set(block, offset),
  };
}

/** Counts the bytes that a reader gives, by folder. */
function counting(reader: RepositoryReader): RepositoryReader & { readonly bytes: Record<string, number> } {
  const bytes: Record<string, number> = { objects: 0, packs: 0, blockmaps: 0 };
  return {
    ...reader,
    bytes,
    async *readRanges(path, ranges, options) {
      for await (const piece of reader.readRanges(path, ranges, options)) {
        bytes[path.split('/')[0]!]! += piece.bytes.length;
        yield piece;
      }
    },
  };
}

async function assemble(plan: BlockPlan, from = 0): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of plan.stream({ from })) {
    assert.ok(piece.length > 0 && piece.length <= 1 << 20 && piece.length % VERITY_BLOCK_BYTES === 0);
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces);
}

async function repositoryWith(t: TestContext, ...images: SampleImage[]) {
  const directory = scratchDirectory(t);
  const writer = openDirectoryWriter(directory);
  for (const image of images) await storeImage(writer, image);
  return { directory, reader: counting(writer) };
}

const names = (count: number, prefix = 'block'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix} ${index}`);

test('without anything on the device all is fetched, once', async (t) => {
  const next = sampleImage([...names(300), 0, 0, 'block 7', ...names(300)]);
  const { reader } = await repositoryWith(t, next);
  const tree = treePartition(next);
  const plan = await planBlocks({ reader, image: newImage(next), locals: [], tree });
  assert.deepEqual([plan.toFetch, plan.toCopy, plan.zeros], [601, 0, 2]);
  assert.ok((await assemble(plan)).equals(next.image));
  assert.ok(tree.bytes.equals(next.tree));
  assert.deepEqual(plan.counts, { fetched: 300, copied: 0, zeros: 2, refused: 0 });
  assert.equal(reader.bytes['packs'], 300 * VERITY_BLOCK_BYTES);
});

test('what any slot holds, wherever it lies there, is copied; of the tree only what differs is fetched', async (t) => {
  const old = sampleImage(names(20_000));
  const older = sampleImage(['moved', 'here', ...names(50)]);
  const changed: (string | number)[] = names(20_000);
  changed.splice(700, 3, 'new 1', 'here', 'new 2');
  const next = sampleImage(changed);
  const { reader } = await repositoryWith(t, next);
  const tree = treePartition(next);
  const plan = await planBlocks({ reader, image: newImage(next), locals: [slot(old), slot(older)], tree });
  assert.deepEqual([plan.toFetch, plan.toCopy, plan.zeros], [2, 19_998, 0]);
  assert.ok((await assemble(plan)).equals(next.image));
  assert.ok(tree.bytes.equals(next.tree));
  // One leaf block, those above it, and the superblock.
  const { levels } = newImage(next).layout;
  assert.deepEqual(plan.treeOrigin, {
    fetched: levels.length + 1,
    copied: levels.reduce((sum, { blocks }) => sum + blocks - 1, 0),
    kept: 0,
  });
  assert.equal(reader.bytes['objects'], (levels.length + 1) * VERITY_BLOCK_BYTES);
  assert.equal(reader.bytes['packs'], 2 * VERITY_BLOCK_BYTES);
});

test('any image from any other', async (t) => {
  const block = fc.oneof(fc.constant(0), fc.nat({ max: 40 }));
  const blocks = fc.array(block, { minLength: 1, maxLength: 700 });
  await fc.assert(
    fc.asyncProperty(blocks, fc.array(blocks, { maxLength: 2 }), fc.nat({ max: 700 }), async (wanted, held, start) => {
      const next = sampleImage(wanted);
      const { reader } = await repositoryWith(t, next);
      const locals = held.map((each) => slot(sampleImage(each)));
      const plan = await planBlocks({ reader, image: newImage(next), locals, tree: treePartition(next) });
      assert.equal(plan.toFetch + plan.toCopy + plan.zeros, wanted.length);
      assert.ok((await assemble(plan)).equals(next.image));
      const from = start % wanted.length;
      assert.ok((await assemble(plan, from)).equals(next.image.subarray(from * VERITY_BLOCK_BYTES)));
    }),
    { numRuns: 25 },
  );
});

test('many batches, with blocks to fetch and to copy in turn', async (t) => {
  const next = sampleImage(Array.from({ length: 9000 }, (_, index) => `block ${index}`));
  const old = sampleImage(Array.from({ length: 4500 }, (_, index) => `block ${index * 2}`));
  const { reader } = await repositoryWith(t, next);
  const plan = await planBlocks({ reader, image: newImage(next), locals: [slot(old)], tree: treePartition(next) });
  assert.ok((await assemble(plan)).equals(next.image));
  assert.deepEqual(plan.counts, { fetched: 4500, copied: 4500, zeros: 0, refused: 0 });
});

test('an interrupted tree goes on with what is there', async (t) => {
  const next = sampleImage(names(5000));
  const { reader } = await repositoryWith(t, next);
  const tree = treePartition(next);
  next.tree.copy(tree.bytes, 0, 0, 20 * VERITY_BLOCK_BYTES);
  const plan = await planBlocks({ reader, image: newImage(next), locals: [], tree });
  assert.equal(plan.treeOrigin.kept, 19);
  assert.ok(tree.bytes.equals(next.tree));
});

test('slots that are empty, foreign, torn or salted otherwise give nothing, and cost nothing', async (t) => {
  const next = sampleImage(names(200));
  const { reader } = await repositoryWith(t, next);
  const unreadable: LocalImage = {
    ...slot(next),
    tree: () => {
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' });
    },
  };
  const locals = [
    { ...slot(next), tree: readAtOf(Buffer.alloc(next.tree.length)) },
    { ...slot(next), treeBytes: 4096 },
    { ...slot(next), treeBytes: 0 },
    { ...slot(next), dataBytes: 199 * VERITY_BLOCK_BYTES },
    slot(sampleImage(names(200), Buffer.alloc(32, 1))),
    unreadable,
  ];
  const plan = await planBlocks({ reader, image: newImage(next), locals, tree: treePartition(next) });
  assert.deepEqual([plan.toFetch, plan.toCopy], [200, 0]);
  assert.ok((await assemble(plan)).equals(next.image));
});

test('a slot that is not what its tree says: its wrong blocks are fetched', async (t) => {
  const next = sampleImage(names(2000));
  const { reader } = await repositoryWith(t, next);
  const rotten = slot(next);
  const image = Buffer.from(next.image);
  for (const block of [3, 4, 1999]) image[block * VERITY_BLOCK_BYTES + 77]! ^= 1;
  const badSector = 500;
  const local: LocalImage = {
    ...rotten,
    data: (offset, length) => {
      const bad = badSector * VERITY_BLOCK_BYTES;
      if (offset <= bad && bad < offset + length) throw Object.assign(new Error('EIO'), { syscall: 'read' });
      return readAtOf(image)(offset, length);
    },
  };
  const plan = await planBlocks({ reader, image: newImage(next), locals: [local], tree: treePartition(next) });
  assert.ok((await assemble(plan)).equals(next.image));
  assert.deepEqual(plan.counts, { fetched: 4, copied: 1996, zeros: 0, refused: 4 });
});

test('a slot that is rotten all over is left alone after some blocks', async (t) => {
  const next = sampleImage(names(3000));
  const { reader } = await repositoryWith(t, next);
  const local = { ...slot(next), data: readAtOf(Buffer.alloc(next.image.length, 1)) };
  const plan = await planBlocks({ reader, image: newImage(next), locals: [local], tree: treePartition(next) });
  assert.ok((await assemble(plan)).equals(next.image));
  assert.equal(plan.counts.refused, 32);
});

/** What an attacker, or bad luck, does to a repository; and what the device says. */
const TAMPERED: Readonly<Record<string, { change: (directory: string, image: SampleImage) => void; code: string }>> = {
  'a block of a pack': {
    code: 'repository-corrupt',
    change: (directory) => alter(onlyPack(directory), 5 * VERITY_BLOCK_BYTES),
  },
  'a pack that is cut off': {
    code: 'repository-incomplete',
    change: (directory) => writeFileSync(onlyPack(directory), readFileSync(onlyPack(directory)).subarray(0, -1)),
  },
  'a pack that is gone': { code: 'repository-incomplete', change: (directory) => rmSync(onlyPack(directory)) },
  'a leaf of the tree': {
    code: 'repository-corrupt',
    change: (directory, { tree }) => alter(join(directory, objectPath(sha256(tree))), 2 * VERITY_BLOCK_BYTES),
  },
  'the top of the tree': {
    code: 'repository-corrupt',
    change: (directory, { tree }) => alter(join(directory, objectPath(sha256(tree))), VERITY_BLOCK_BYTES),
  },
  'the superblock’s identifier': {
    code: 'repository-corrupt',
    change: (directory, { tree }) => alter(join(directory, objectPath(sha256(tree))), 16),
  },
  'the superblock’s salt': {
    code: 'repository-corrupt',
    change: (directory, { tree }) => alter(join(directory, objectPath(sha256(tree))), 88),
  },
  'the superblock’s signature': {
    code: 'image-corrupt',
    change: (directory, { tree }) => alter(join(directory, objectPath(sha256(tree))), 0),
  },
  'the map’s image': {
    code: 'repository-corrupt',
    change: (directory, { rootHash }) => alter(join(directory, blockmapPath(rootHash)), 32),
  },
  'the map’s packs': {
    code: 'repository-incomplete',
    change: (directory, { rootHash }) => alter(join(directory, blockmapPath(rootHash)), 64),
  },
  'the map’s entries': {
    code: 'repository-corrupt',
    change: (directory, { rootHash }) => alter(join(directory, blockmapPath(rootHash)), 96),
  },
  'an entry of zeros': {
    code: 'repository-corrupt',
    change: (directory, { rootHash }) => {
      const bytes = readFileSync(join(directory, blockmapPath(rootHash)));
      bytes.fill(0xff, 96, 100);
      writeFileSync(join(directory, blockmapPath(rootHash)), bytes);
    },
  },
  'a map that is gone': {
    code: 'repository-incomplete',
    change: (directory, { rootHash }) => rmSync(join(directory, blockmapPath(rootHash))),
  },
  'a map that is none': {
    code: 'blockmap-invalid',
    change: (directory, { rootHash }) => writeFileSync(join(directory, blockmapPath(rootHash)), Buffer.alloc(9000)),
  },
};

function onlyPack(directory: string): string {
  const [folder] = readdirSync(join(directory, 'packs'));
  const [name] = readdirSync(join(directory, 'packs', folder!));
  return join(directory, 'packs', folder!, name!);
}

function alter(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset]! ^= 1;
  writeFileSync(path, bytes);
}

for (const [name, { change, code }] of Object.entries(TAMPERED)) {
  test(`tampered with: ${name}`, async (t) => {
    const next = sampleImage(names(200));
    const { directory, reader } = await repositoryWith(t, next);
    change(directory, next);
    const attempt = async (): Promise<void> => {
      const plan = await planBlocks({ reader, image: newImage(next), locals: [], tree: treePartition(next) });
      await assemble(plan);
    };
    await assert.rejects(attempt(), { code });
  });
}

test('an image of one block has no tree but its superblock', async (t) => {
  const next = sampleImage(['only']);
  const { reader } = await repositoryWith(t, next);
  const plan = await planBlocks({ reader, image: newImage(next), locals: [], tree: treePartition(next) });
  assert.ok((await assemble(plan)).equals(sampleBlock('only')));
  assert.equal(newImage(next).salt, SALT);
});

test('stopped, it ends with the reason', async (t) => {
  const next = sampleImage(names(2000));
  const { reader } = await repositoryWith(t, next);
  const plan = await planBlocks({ reader, image: newImage(next), locals: [], tree: treePartition(next) });
  const stop = new AbortController();
  const reason = new Error('the power is needed elsewhere');
  const reading = async (): Promise<void> => {
    for await (const _ of plan.stream({ signal: stop.signal })) stop.abort(reason);
  };
  await assert.rejects(reading(), reason);
});
