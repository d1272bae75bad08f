import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openErofs } from '../../formats/erofs/erofs-image.ts';
import { treeFromErofs } from '../../formats/erofs/tree-from-erofs.ts';
import { parsePartitionTable } from '../../formats/gpt/parse-table.ts';
import { partitionUuidsFromRootHash } from '../../formats/gpt/partition-uuids.ts';
import { readAtOf } from '../../formats/read-at.ts';
import { verifyVerity } from '../../formats/verity/verify-tree.ts';
import { sha256 } from '../../model/digest.ts';
import { type ImageGeneration, parseImageGeneration } from '../../model/image-generation.ts';
import { readInMemory } from '../../store/read-content.ts';
import { TreeEditor } from '../assemble/system/tree-editor.ts';
import { generationConfext } from './generation-confext.ts';

const GENERATION: ImageGeneration = {
  format: 'ashlar-generation/1',
  name: 'web',
  version: '1.2.0',
  architecture: 'amd64',
  created: 1_700_000_000,
  disk: { espBytes: 1, slots: 2, slotBytes: 1, treeBytes: 1, varBytes: 1 },
  healthChecks: { web: { kind: 'tcp', port: 80 } },
};
const OPTIONS = { generation: GENERATION, salt: 'ab'.repeat(32), osRelease: 'NAME="X"\nID=debian\nVERSION_ID="13"\n' };

test('a confext has the generation in an image that its root hash vouches for', () => {
  const { image, rootHash } = generationConfext(OPTIONS);
  const { table } = parsePartitionTable(readAtOf(image), image.length);
  const [root, tree] = table.partitions;
  assert.ok(root !== undefined && tree !== undefined);
  const uuids = partitionUuidsFromRootHash(rootHash);
  assert.deepEqual([root.uuid, tree.uuid], [uuids.root, uuids.verity]);
  const data = image.subarray(root.start, root.start + root.size);
  assert.deepEqual(verifyVerity(data, image.subarray(tree.start, tree.start + tree.size), rootHash), []);

  const found = treeFromErofs(openErofs(readAtOf(data), data.length), (size, pieces) => {
    const bytes = Buffer.concat([...pieces].flatMap((piece) => (piece.kind === 'data' ? piece.bytes : [])));
    return { kind: 'bytes', size, digest: sha256(bytes), bytes };
  });
  const editor = new TreeEditor(found, 0n, readInMemory);
  assert.equal(
    editor.text('/etc/extension-release.d/extension-release.ashlar-generation'),
    'ID=debian\nVERSION_ID="13"\nCONFEXT_SCOPE=system\n',
  );
  assert.deepEqual(parseImageGeneration(Buffer.from(editor.text('/etc/ashlar/generation.json') ?? '')), GENERATION);
});

test('the same generation gives the same bytes, another one another root hash', () => {
  const one = generationConfext(OPTIONS);
  assert.ok(generationConfext(OPTIONS).image.equals(one.image));
  const other = generationConfext({ ...OPTIONS, generation: { ...GENERATION, version: '1.2.1' } });
  assert.notEqual(other.rootHash, one.rootHash);
});
