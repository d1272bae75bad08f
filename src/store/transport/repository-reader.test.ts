import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { openRepository } from './open-repository.ts';
import { type ByteRange, MAX_PIECE_BYTES, type RepositoryReader } from './repository-reader.ts';
import { patterned, scratchDirectory, writeFiles } from './scratch.fixture.ts';
import { serveRepository } from './serve-repository.ts';

const CONTENT = patterned(3 * MAX_PIECE_BYTES + 12345);

/** Every way to reach a repository in a directory. */
const TRANSPORTS: Readonly<Record<string, (t: TestContext, directory: string) => Promise<RepositoryReader>>> = {
  path: async (_, directory) => openRepository(directory),
  'file: URL': async (_, directory) => openRepository(`file://${directory}`),
  'http: URL': async (t, directory) => {
    const server = await serveRepository({ directory });
    t.after(() => server.close());
    return openRepository(server.url);
  },
};

async function collect(reader: RepositoryReader, path: string, ranges: readonly ByteRange[]): Promise<Buffer[]> {
  const parts = ranges.map(({ length }) => Buffer.alloc(length));
  let [index, filled] = [0, 0];
  for await (const { offset, bytes } of reader.readRanges(path, ranges)) {
    while (filled === ranges[index]!.length) [index, filled] = [index + 1, 0];
    const range = ranges[index]!;
    assert.ok(bytes.length > 0 && bytes.length <= MAX_PIECE_BYTES);
    assert.equal(offset, range.offset + filled, 'pieces follow each other');
    assert.ok(filled + bytes.length <= range.length, 'no piece crosses the end of its range');
    bytes.copy(parts[index]!, filled);
    filled += bytes.length;
  }
  return parts;
}

for (const [name, open] of Object.entries(TRANSPORTS)) {
  test(`${name}: a file whole, and what is not there`, async (t) => {
    const directory = scratchDirectory(t);
    writeFiles(directory, { 'objects/ab/file': CONTENT, empty: '' });
    const reader = await open(t, directory);
    assert.deepEqual(await reader.read('objects/ab/file', { maxBytes: CONTENT.length }), CONTENT);
    assert.deepEqual(await reader.read('empty', { maxBytes: 0 }), Buffer.alloc(0));
    assert.equal(await reader.read('objects/ab/other', { maxBytes: 1 }), undefined);
    assert.equal(
      await reader.read('objects', { maxBytes: 1 }).catch((error) => error.code),
      name === 'http: URL' ? undefined : 'repository-corrupt',
    );
    assert.ok(reader.describe().length > 0);
  });

  test(`${name}: not a byte more than may come`, async (t) => {
    const directory = scratchDirectory(t);
    writeFiles(directory, { file: CONTENT });
    const reader = await open(t, directory);
    const read = reader.read('file', { maxBytes: CONTENT.length - 1 });
    await assert.rejects(read, { code: 'repository-file-too-long' });
  });

  test(`${name}: paths cannot leave the repository`, async (t) => {
    const directory = scratchDirectory(t);
    const reader = await open(t, directory);
    for (const path of [
      '../file',
      '/etc/passwd',
      'a/../../b',
      '.lease',
      'a//b',
      '',
      'a/',
      'a\0b',
      'a%2fb',
      'ä',
      'a'.repeat(241),
    ]) {
      await assert.rejects(reader.read(path, { maxBytes: 1 }), { code: 'path-outside-root' }, path);
      await assert.rejects(collect(reader, path, [{ offset: 0, length: 1 }]), { code: 'path-outside-root' }, path);
    }
  });

  test(`${name}: any ranges, in order and whole`, async (t) => {
    const directory = scratchDirectory(t);
    writeFiles(directory, { file: CONTENT });
    const reader = await open(t, directory);
    const gapAndLength = fc.tuple(fc.nat({ max: 90_000 }), fc.nat({ max: 300_000 }));
    await fc.assert(
      fc.asyncProperty(fc.array(gapAndLength, { maxLength: 8 }), async (steps) => {
        const ranges: ByteRange[] = [];
        let at = 0;
        for (const [gap, length] of steps) {
          ranges.push({ offset: at + gap, length });
          at += gap + length;
        }
        const parts = await collect(reader, 'file', ranges);
        for (const [index, { offset, length }] of ranges.entries()) {
          assert.ok(parts[index]!.equals(CONTENT.subarray(offset, offset + length)));
        }
      }),
      { numRuns: 30 },
    );
    assert.deepEqual(await collect(reader, 'file', [{ offset: 0, length: CONTENT.length }]), [CONTENT]);
  });

  test(`${name}: a file that is not there, or ends before the range`, async (t) => {
    const directory = scratchDirectory(t);
    writeFiles(directory, { file: 'hello' });
    const reader = await open(t, directory);
    for (const [path, offset, length] of [
      ['other', 0, 1],
      ['other', 3, 1],
      ['file', 0, 6],
      ['file', 3, 3],
      ['file', 5, 1],
      ['file', 9, 1],
    ] as const) {
      await assert.rejects(
        collect(reader, path, [{ offset, length }]),
        { code: 'repository-incomplete' },
        `${path} ${offset}`,
      );
    }
  });

  test(`${name}: what is stopped ends with the reason`, async (t) => {
    const directory = scratchDirectory(t);
    writeFiles(directory, { file: CONTENT });
    const reader = await open(t, directory);
    const stop = new AbortController();
    const reason = new Error('enough');
    const reading = async (): Promise<void> => {
      for await (const { offset } of reader.readRanges('file', [{ offset: 1, length: CONTENT.length - 1 }], {
        signal: stop.signal,
      })) {
        if (offset > 0) stop.abort(reason);
      }
    };
    await assert.rejects(reading(), reason);
    await assert.rejects(reader.read('file', { maxBytes: 1, signal: stop.signal }), reason);
  });
}

test('a link to a device is no file of a repository', async (t) => {
  const directory = scratchDirectory(t);
  symlinkSync('/dev/zero', join(directory, 'file'));
  await assert.rejects(openRepository(directory).read('file', { maxBytes: 1 }), { code: 'repository-corrupt' });
});

test('a place that cannot be a repository', () => {
  assert.throws(() => openRepository('/does/not/exist'), { code: 'repository-unreachable' });
  for (const place of ['ftp://example.org/', 'http://example.org/?a', 'https://']) {
    assert.throws(() => openRepository(place), { code: 'usage' }, place);
  }
});

test('a password in a URL stays out of messages', () => {
  assert.equal(openRepository('https://user:secret@example.org/os').describe(), 'https://example.org/os/');
});
