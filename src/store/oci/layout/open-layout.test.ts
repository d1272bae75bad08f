import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parseImageReference } from '../../../formats/oci/image-reference.ts';
import { sha256 } from '../../../model/digest.ts';
import { AshlarError } from '../../../model/error.ts';
import type { ErrorCode } from '../../../model/error-codes.ts';
import { scratchDirectory, writeFiles } from '../../transport/scratch.fixture.ts';
import { joined } from '../checked-content.ts';
import { archiveOf, layoutFilesOf, makeImage } from '../image.fixture.ts';
import { openLayout } from './open-layout.ts';

const IMAGE = makeImage({ bytes: 300_000, compressions: ['none'] });
const FILES = layoutFilesOf(IMAGE, '1');
const [LAYER, CONTENT] = [...IMAGE.blobs].find(([, bytes]) => bytes.length > 300_000)!;
const BLOB = { digest: LAYER, size: CONTENT.length };
const reference = (rest: string) => parseImageReference(`quay.io/team/app${rest}`);

async function rejects(code: ErrorCode, why: RegExp, doing: Promise<unknown>): Promise<void> {
  await assert.rejects(doing, (error) => {
    assert.ok(error instanceof AshlarError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(`${error.message} ${error.hint}`, why);
    return true;
  });
}

function archive(t: TestContext, bytes: Uint8Array): string {
  const path = join(scratchDirectory(t), 'image.tar');
  writeFileSync(path, bytes);
  return path;
}

function directory(t: TestContext, files: Readonly<Record<string, Uint8Array>>): string {
  const path = scratchDirectory(t);
  writeFiles(path, files);
  return path;
}

const PLACES: Readonly<Record<string, (t: TestContext, files: Readonly<Record<string, Uint8Array>>) => string>> = {
  directory,
  archive: (t, files) => archive(t, archiveOf(files)),
};

for (const [place, make] of Object.entries(PLACES)) {
  test(`${place}: an image is found by its name, and given as it is`, async (t) => {
    const source = await openLayout(make(t, FILES));
    assert.equal(await source.resolve(reference(':1')), IMAGE.index);
    assert.equal(await source.resolve(reference(`@sha256:${IMAGE.index}`)), IMAGE.index);
    assert.deepEqual(await source.manifest(IMAGE.index), IMAGE.manifests.get(IMAGE.index)!.bytes);
    assert.deepEqual(await joined(source.blob(BLOB)), CONTENT);
    await rejects('container-gone', /app:2/, source.resolve(reference(':2')));
    await rejects('container-gone', /sha256/, source.resolve(reference(`@sha256:${sha256('other')}`)));
    await rejects('container-corrupt', /bytes/, joined(source.blob({ ...BLOB, size: 7 })));
  });

  test(`${place}: other bytes under a digest are refused`, async (t) => {
    const files = { ...FILES, [`blobs/sha256/${LAYER}`]: Buffer.alloc(CONTENT.length) };
    await rejects('container-corrupt', /SHA-256/, joined((await openLayout(make(t, files))).blob(BLOB)));
  });

  const BAD: Readonly<Record<string, [changed: Readonly<Record<string, Uint8Array>>, code: ErrorCode, why: RegExp]>> = {
    'no layout': [{ x: Buffer.of(1) }, 'container-archive-invalid', /oci-layout/],
    'no index': [{ 'oci-layout': FILES['oci-layout']! }, 'container-archive-invalid', /index\.json/],
    'another version': [
      { ...FILES, 'oci-layout': Buffer.from('{"imageLayoutVersion":"2.0.0"}') },
      'container-archive-invalid',
      /1\.x/,
    ],
    'a manifest for an index': [
      { ...FILES, 'index.json': [...IMAGE.manifests.values()][0]!.bytes },
      'container-archive-invalid',
      /no index/,
    ],
    'an index that is none': [{ ...FILES, 'index.json': Buffer.from('[]') }, 'container-image-invalid', /manifest/],
  };
  for (const [name, [files, code, why]] of Object.entries(BAD)) {
    test(`${place}: ${name} is refused`, (t) => rejects(code, why, openLayout(make(t, files))));
  }
}

test('an image without a name is the only one', async (t) => {
  const index = JSON.parse(FILES['index.json']!.toString()) as { manifests: { annotations?: unknown }[] };
  delete index.manifests[0]!.annotations;
  const source = await openLayout(directory(t, { ...FILES, 'index.json': Buffer.from(JSON.stringify(index)) }));
  assert.equal(await source.resolve(reference(':anything')), IMAGE.index);
});

test('archives of another kind are refused, with what to do', async (t) => {
  const tar = archiveOf(FILES);
  const bad = (bytes: Uint8Array, why: RegExp) =>
    rejects('container-archive-invalid', why, openLayout(archive(t, bytes)));
  await bad(archiveOf({ 'manifest.json': Buffer.from('[]') }), /docker-archive:/);
  await bad(gzipSync(tar), /compressed with gzip/);
  await bad(tar.subarray(0, tar.length - 2000), /damaged/);
  await bad(Buffer.alloc(1000, 'x'), /damaged/);
  await bad(Buffer.concat([tar.subarray(0, -1024), archiveOf({ 'index.json': Buffer.from('{}') })]), /twice/);
  await rejects('container-archive-invalid', /not there/, openLayout(join(scratchDirectory(t), 'none')));
});

test('links and pipes in a directory are refused', async (t) => {
  const path = directory(t, FILES);
  const blob = join(path, 'blobs/sha256', LAYER);
  rmSync(blob);
  symlinkSync('/dev/zero', blob);
  await rejects('container-archive-invalid', /ELOOP/, joined((await openLayout(path)).blob(BLOB)));
  rmSync(blob);
  execFileSync('mkfifo', [blob]);
  await rejects('container-archive-invalid', /plain file/, joined((await openLayout(path)).blob(BLOB)));
});
