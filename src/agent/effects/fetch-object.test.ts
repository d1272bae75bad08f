import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type ReadAt, readAtOf } from '../../formats/read-at.ts';
import { sha256 } from '../../model/digest.ts';
import { objectPath } from '../../model/repository.ts';
import { openDirectoryReader } from '../../store/transport/directory/directory-reader.ts';
import type { ByteRange, RepositoryReader } from '../../store/transport/repository-reader.ts';
import { patterned, scratchDirectory, writeFiles } from '../../store/transport/scratch.fixture.ts';
import { orderedReader } from '../sources/ordered-reader.ts';
import { fetchObject, type LocalRun } from './fetch-object.ts';

const CONTENT = patterned(3_000_000);
const FILE = { name: 'boot.efi', size: CONTENT.length, sha256: sha256(CONTENT) };

interface Place {
  readonly reader: RepositoryReader;
  readonly asked: ByteRange[];
  readonly out: string;
  readonly fetch: (reader?: RepositoryReader, copies?: readonly LocalRun[]) => Promise<void>;
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
  const fetch = (from = reader, copies: readonly LocalRun[] = []): Promise<void> =>
    fetchObject({ reader: from, file: FILE, out, copies, signal: new AbortController().signal, onBytes: () => {} });
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

/** From 100,000 on for 1,900,000 bytes, and a second one behind it with a gap. */
const RUNS = [
  [100_000, 1_900_000],
  [2_500_000, 400_000],
] as const;

function runsOf(content: Buffer, read = readAtOf(content)): LocalRun[] {
  return RUNS.map(([offset, bytes]) => ({ offset, bytes, read: (at, length) => read(offset + at, length) }));
}

test('what this device has is read there, and only the rest is fetched', async (t) => {
  const gaps = [
    { offset: 0, length: 100_000 },
    { offset: 2_000_000, length: 500_000 },
    { offset: 2_900_000, length: 100_000 },
  ];
  const plain = place(t);
  await plain.fetch(plain.reader, runsOf(CONTENT));
  assert.ok(readFileSync(plain.out).equals(CONTENT));
  assert.deepEqual(plain.asked, gaps);
  const resumed = place(t);
  writeFileSync(`${resumed.out}.part`, CONTENT.subarray(0, 1_234_567));
  await resumed.fetch(resumed.reader, runsOf(CONTENT));
  assert.ok(readFileSync(resumed.out).equals(CONTENT));
  assert.deepEqual(resumed.asked, gaps.slice(1));
});

test('a run that is not what it seemed, or cannot be read, costs no more than its bytes', async (t) => {
  const other = Buffer.from(CONTENT);
  other[1_000_000] = other[1_000_000]! ^ 1;
  const wrong = place(t);
  await wrong.fetch(wrong.reader, runsOf(other));
  assert.ok(readFileSync(wrong.out).equals(CONTENT));
  assert.deepEqual(wrong.asked.at(-1), { offset: 0, length: CONTENT.length });
  const failing = place(t);
  const read: ReadAt = (offset, length) => {
    if (offset >= 1_500_000) throw new Error('EIO');
    return CONTENT.subarray(offset, offset + length);
  };
  await failing.fetch(failing.reader, runsOf(CONTENT, read));
  assert.ok(readFileSync(failing.out).equals(CONTENT));
  const fetched = failing.asked.reduce((sum, { length }) => sum + length, 0);
  assert.ok(fetched < CONTENT.length, `${fetched} bytes were fetched`);
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
