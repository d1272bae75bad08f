import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { sha256 } from '../../model/digest.ts';
import { objectPath } from '../../model/repository.ts';
import { openDirectoryReader } from '../../store/transport/directory/directory-reader.ts';
import type { ByteRange, RepositoryReader } from '../../store/transport/repository-reader.ts';
import { patterned, scratchDirectory, writeFiles } from '../../store/transport/scratch.fixture.ts';
import { orderedReader } from '../sources/ordered-reader.ts';
import { fetchObject } from './fetch-object.ts';

const CONTENT = patterned(3_000_000);
const FILE = { name: 'boot.efi', size: CONTENT.length, sha256: sha256(CONTENT) };

interface Place {
  readonly reader: RepositoryReader;
  readonly asked: ByteRange[];
  readonly out: string;
  readonly fetch: (reader?: RepositoryReader) => Promise<void>;
}

/** A repository that has `content` as the object, and notes what it is asked for. */
function place(t: TestContext, content: Buffer = CONTENT): Place {
  const folder = scratchDirectory(t);
  writeFiles(join(folder, 'repository'), { [objectPath(FILE.sha256)]: content });
  const plain = openDirectoryReader(join(folder, 'repository'));
  const asked: ByteRange[] = [];
  const reader: RepositoryReader = {
    read: (...words) => plain.read(...words),
    readRanges(path, ranges, options) {
      asked.push(...ranges);
      return plain.readRanges(path, ranges, options);
    },
    describe: () => plain.describe(),
  };
  const out = join(folder, 'boot.efi');
  const fetch = (from = reader): Promise<void> =>
    fetchObject({ reader: from, file: FILE, out, signal: new AbortController().signal, onBytes: () => {} });
  return { reader, asked, out, fetch };
}

test('a file comes whole, and is not fetched a second time', async (t) => {
  const { fetch, out, asked } = place(t);
  await fetch();
  await fetch();
  assert.ok(readFileSync(out).equals(CONTENT));
  assert.deepEqual(asked, [{ offset: 0, length: CONTENT.length }]);
});

test('what an interrupted download brought is gone on with', async (t) => {
  const { fetch, out, asked } = place(t);
  writeFileSync(`${out}.part`, CONTENT.subarray(0, 1_234_567));
  await fetch();
  assert.ok(readFileSync(out).equals(CONTENT));
  assert.deepEqual(asked, [{ offset: 1_234_567, length: CONTENT.length - 1_234_567 }]);
});

test('what is not right never lies there, and the next try begins anew', async (t) => {
  const wrong = Buffer.from(CONTENT);
  wrong[5] = wrong[5]! ^ 1;
  const bad = place(t, wrong);
  await assert.rejects(bad.fetch(), { code: 'repository-corrupt' });
  assert.ok(!existsSync(bad.out) && !existsSync(`${bad.out}.part`));
  await bad.fetch(place(t).reader);
  assert.ok(readFileSync(bad.out).equals(CONTENT));
});

test('a piece that is longer than the whole is thrown away', async (t) => {
  const { fetch, out } = place(t);
  writeFileSync(`${out}.part`, Buffer.concat([CONTENT, CONTENT]));
  await fetch();
  assert.ok(readFileSync(out).equals(CONTENT));
});

test('what one copy of a repository lacks, or ends too early with, comes from the next', async (t) => {
  const short = place(t, CONTENT.subarray(0, 2_000_000));
  const whole = place(t);
  await short.fetch(orderedReader([short.reader, whole.reader]));
  assert.ok(readFileSync(short.out).equals(CONTENT));
  const empty = openDirectoryReader(scratchDirectory(t));
  const other = place(t);
  await other.fetch(orderedReader([empty, other.reader]));
  assert.ok(readFileSync(other.out).equals(CONTENT));
  const missing = join(scratchDirectory(t), 'boot.efi');
  const signal = new AbortController().signal;
  await assert.rejects(
    fetchObject({ reader: orderedReader([empty, empty]), file: FILE, out: missing, signal, onBytes: () => {} }),
    { code: 'repository-incomplete' },
  );
});
