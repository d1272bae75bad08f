import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { uuid } from '../../formats/uuid.ts';
import { buildVerityTree } from '../../formats/verity/build-tree.ts';
import { buildVerityTreeOfFile, hashImageFile } from './verity.ts';

const directory = mkdtempSync(join(tmpdir(), 'ashlar-verity-'));
after(() => rmSync(directory, { recursive: true }));

const VERITY = { salt: Buffer.from('salt of a system'), uuid: uuid('11111111-2222-3333-4444-555555555555') };
const MIB = 2 ** 20;

/** A sparse file of `bytes` bytes, large enough for two threads, with something at its start, middle and end. */
async function sparseFile(name: string, bytes: number): Promise<string> {
  const path = join(directory, name);
  const file = await open(path, 'w');
  await file.truncate(bytes);
  for (const at of [0, Math.floor(bytes / 2), bytes - 5]) await file.write('here', at);
  await file.close();
  return path;
}

for (const threads of [1, 2, 5]) {
  test(`${threads} threads give the tree of the image in memory`, async () => {
    const path = await sparseFile(`image-${threads}`, 65 * MIB + 4096);
    const expected = buildVerityTree(readFileSync(path), VERITY);
    let last = 0;
    const tree = await buildVerityTreeOfFile(path, VERITY, {
      threads,
      onProgress: (done, all) => {
        assert.equal(all, 65 * 256 + 1);
        assert.ok(done > last);
        last = done;
      },
    });
    assert.equal(tree.rootHash, expected.rootHash);
    assert.ok(tree.tree.equals(expected.tree));
    assert.equal(last, 65 * 256 + 1);
  });
}

test('an aborted build rejects', async () => {
  const path = await sparseFile('aborted', 65 * MIB);
  const abort = new AbortController();
  const building = buildVerityTreeOfFile(path, VERITY, { signal: abort.signal, onProgress: () => abort.abort() });
  await assert.rejects(building, { name: 'AbortError' });
  await assert.rejects(hashImageFile(path, VERITY.salt, { signal: abort.signal }), { name: 'AbortError' });
});

test('an image that is not whole blocks is refused', async () => {
  const path = join(directory, 'odd');
  writeFileSync(path, 'odd');
  await assert.rejects(buildVerityTreeOfFile(path, VERITY), { code: 'usage' });
});
