import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { buildVerityTreeOfFile } from '../../src/build/assemble/verity.ts';
import { uuid } from '../../src/formats/uuid.ts';
import { buildVerityTree } from '../../src/formats/verity/build-tree.ts';
import { VERITY_BLOCK_BYTES } from '../../src/formats/verity/layout.ts';
import { parseVeritySuperblock } from '../../src/formats/verity/superblock.ts';
import { verifyVerity } from '../../src/formats/verity/verify-tree.ts';
import { runInTrixie, trixieObstacle, trixieOutput } from './trixie.ts';

const skip = trixieObstacle() ?? false;
const directory = mkdtempSync(join(tmpdir(), 'ashlar-oracle-verity-'));
after(() => rmSync(directory, { recursive: true }));
const binds = [directory];

const UUID = uuid('4f68bce3-e8cd-4db1-96e7-fbcaf984b709');
const imagePath = join(directory, 'image');
const treePath = join(directory, 'tree');
const theirPath = join(directory, 'their-tree');

function sampleImage(blocks: number): Buffer {
  return Buffer.concat(
    Array.from({ length: blocks }, (_, block) =>
      Buffer.alloc(VERITY_BLOCK_BYTES, hash('sha256', `${block}`, 'buffer')),
    ),
  );
}

/** Around the bounds of each level, and three levels. */
const SIZES = [1, 2, 127, 128, 129, 300, 128 * 128 + 1];

for (const blocks of SIZES) {
  for (const saltBytes of blocks === 300 ? [0, 1, 32, 256] : [32]) {
    test(`veritysetup makes the same tree of ${blocks} blocks with a salt of ${saltBytes} bytes, and accepts ours`, {
      skip,
    }, async () => {
      const image = sampleImage(blocks);
      const salt = Buffer.alloc(saltBytes, 0xc3);
      writeFileSync(imagePath, image);
      rmSync(theirPath, { force: true });
      const hex = saltBytes === 0 ? '-' : salt.toString('hex');
      const format = ['veritysetup', 'format', imagePath, theirPath, `--salt=${hex}`, `--uuid=${UUID}`];
      const theirRoot = /Root hash:\s+([0-9a-f]{64})/.exec(trixieOutput(format, { binds }))?.[1];

      const { tree, rootHash } = await buildVerityTreeOfFile(imagePath, { salt, uuid: UUID });
      assert.equal(rootHash, theirRoot);
      assert.ok(tree.equals(readFileSync(theirPath)), 'the hash device is the same byte for byte');
      assert.deepEqual(parseVeritySuperblock(tree), { uuid: UUID, dataBlocks: blocks, salt });

      writeFileSync(treePath, tree);
      trixieOutput(['veritysetup', 'verify', imagePath, treePath, rootHash], { binds });
      trixieOutput(['veritysetup', 'dump', treePath], { binds });
    });
  }
}

test('veritysetup and Ashlar refuse the same damage', { skip }, () => {
  const image = sampleImage(300);
  const { tree, rootHash } = buildVerityTree(image, { salt: Buffer.alloc(32, 1), uuid: UUID });
  const pick = (seed: number, below: number): number =>
    Number.parseInt(hash('sha256', `${seed}`).slice(0, 8), 16) % below;
  for (let seed = 0; seed < 12; seed++) {
    const [damagedImage, damagedTree] = [Buffer.from(image), Buffer.from(tree)];
    // Of the tree's superblock only what is behind it counts; the unit tests cover the superblock itself.
    if (seed % 3 === 0)
      damagedTree[VERITY_BLOCK_BYTES + pick(seed, tree.length - VERITY_BLOCK_BYTES)]! ^= 1 << (seed % 8);
    else damagedImage[pick(seed, image.length)]! ^= 1 << (seed % 8);
    writeFileSync(imagePath, damagedImage);
    writeFileSync(treePath, damagedTree);
    const { status, stderr } = runInTrixie(['veritysetup', 'verify', imagePath, treePath, rootHash], { binds });
    const ours = verifyVerity(damagedImage, damagedTree, rootHash);
    assert.notEqual(ours.length, 0, `seed ${seed}`);
    assert.notEqual(status, 0, `seed ${seed}`);
    assert.match(stderr.toString(), /[Vv]erification (of .* )?failed/, `seed ${seed}`);
  }
});
