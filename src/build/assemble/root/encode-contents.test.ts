import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { encodeFile } from '../../../formats/erofs/encode-file.ts';
import { bytesOf } from '../../../model/byte-string.ts';
import { type Sha256, sha256 } from '../../../model/digest.ts';
import { SILENT } from '../../../model/progress.ts';
import { type DirectoryNode, type FileContent, type FileNode, NO_XATTRS } from '../../../model/tree.ts';
import { openStore } from '../../../store/store.ts';
import { encodeContents } from './encode-contents.ts';
import { encodedKey } from './encoded-key.ts';

const CODEC = { algorithm: 'zstd', level: 3 } as const;
const ORIGIN = sha256('a composed tree');
const META = { mode: 0o644, uid: 0, gid: 0, mtime: { seconds: 0n, nanoseconds: 0 }, xattrs: NO_XATTRS };

function temporaryStore(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'ashlar-encode-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return openStore(directory);
}

function tree(contents: readonly FileContent[]): DirectoryNode {
  const files = contents.map(
    (content, index) => [bytesOf(`f${index}`), { ...META, type: 'file', content } satisfies FileNode] as const,
  );
  return { ...META, type: 'directory', mode: 0o755, children: new Map(files) };
}

const text = (seed: string): Buffer => Buffer.from(`${seed} lorem ipsum dolor sit amet `.repeat(4000));

test('stored and in-memory contents come out as encodeFile makes them, and are kept', async (t) => {
  const store = temporaryStore(t);
  const stored = ['one', 'two', 'three'].map((seed) => text(seed));
  const contents: FileContent[] = [
    ...stored.map((bytes) => ({ kind: 'stored', size: bytes.length, digest: store.put(bytes) }) as const),
    { kind: 'bytes', size: 5, digest: sha256('hello'), bytes: Buffer.from('hello') },
  ];
  const options = { origin: ORIGIN, progress: SILENT, threads: 2 };
  const first = await encodeContents(tree(contents), CODEC, store, options);
  for (const [index, bytes] of [...stored, Buffer.from('hello')].entries()) {
    const expected = encodeFile(bytes, CODEC);
    assert.deepEqual(first.shapeOf(contents[index]!), expected.shape);
    assert.deepEqual(first.encodedOf(contents[index]!), expected);
  }
  const recorded = (): string[] => readdirSync(join(store.directory, 'records/encoded')).sort();
  const after = recorded();
  assert.equal(after.length, stored.length + 1, 'one record a stored content, and one of all shapes');

  // Nothing is encoded again: without the objects it could not be.
  rmSync(join(store.directory, 'objects'), { recursive: true });
  const second = await encodeContents(tree(contents), CODEC, store, options);
  assert.deepEqual(second.encodedOf(contents[0]!), first.encodedOf(contents[0]!));
  assert.deepEqual(recorded(), after);
});

test('a damaged record is encoded again', async (t) => {
  const store = temporaryStore(t);
  const bytes = text('damaged');
  const digest = store.put(bytes);
  const content: FileContent = { kind: 'stored', size: bytes.length, digest };
  const encoded = await encodeContents(tree([content]), CODEC, store, { origin: ORIGIN, progress: SILENT });
  const record: Sha256 = encodedKey(CODEC, digest);
  rmSync(join(store.directory, 'records/encoded', record));
  writeFileSync(join(store.directory, 'records/encoded', record), 'garbage');
  assert.deepEqual(encoded.encodedOf(content), encodeFile(bytes, CODEC));
});
