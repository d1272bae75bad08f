import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { uuid } from '../formats/uuid.ts';
import { buildVerityTree } from '../formats/verity/build-tree.ts';
import { SILENT } from '../model/progress.ts';
import { createVerityTree } from './create-verity-tree.ts';

const directory = mkdtempSync(join(tmpdir(), 'ashlar-tree-'));
after(() => rmSync(directory, { recursive: true }));
const image = join(directory, 'image');
const output = join(directory, 'tree');
writeFileSync(image, Buffer.alloc(300 * 4096, 'content'));

const verity = { salt: Buffer.from('salt'), uuid: uuid('11111111-2222-3333-4444-555555555555') };
const create = (options: { image?: string; output?: string; signal?: AbortSignal } = {}) =>
  createVerityTree({ image, output, ...verity, progress: SILENT, signal: AbortSignal.any([]), ...options });

test('the tree is written and nothing else', async () => {
  const created = await create();
  const expected = buildVerityTree(readFileSync(image), verity);
  assert.deepEqual(created, { rootHash: expected.rootHash, dataBlocks: 300, size: 5 * 4096 });
  assert.ok(readFileSync(output).equals(expected.tree));
  assert.deepEqual(readdirSync(directory).sort(), ['image', 'tree']);
});

test('an aborted run leaves an earlier tree as it is', async () => {
  writeFileSync(output, 'earlier');
  await assert.rejects(create({ signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.equal(readFileSync(output, 'utf8'), 'earlier');
});

test('places that cannot be are refused', async () => {
  mkdirSync(join(directory, 'd'));
  const cases = [{ image: join(directory, 'missing') }, { image: join(directory, 'd') }, { output: image }];
  for (const options of [...cases, { output: join(directory, 'missing/tree') }]) {
    await assert.rejects(create(options), { code: 'path-unusable' });
  }
  rmSync(join(directory, 'd'), { recursive: true });
});
