import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { parseImageReference } from '../../formats/oci/image-reference.ts';
import { parsePlatform } from '../../formats/oci/platform.ts';
import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { ErrorCode } from '../../model/error-codes.ts';
import { openStore } from '../store.ts';
import { scratchDirectory, writeFiles } from '../transport/scratch.fixture.ts';
import { checkLayer } from './check-layer.ts';
import { fetchImage, type ImageLimits, objectsOf } from './fetch-image.ts';
import { layoutFilesOf, type MadeImage, makeImage } from './image.fixture.ts';
import type { ImageSource } from './image-source.ts';
import { openLayout } from './layout/open-layout.ts';
import { type ImageLayer, resolveImage } from './resolve-image.ts';

const reference = parseImageReference('quay.io/team/app:1');
const AMD64 = parsePlatform('linux/amd64');

async function sourceOf(t: TestContext, image: MadeImage): Promise<ImageSource> {
  const directory = scratchDirectory(t);
  writeFiles(directory, layoutFilesOf(image, '1'));
  return openLayout(directory);
}

async function rejects(code: ErrorCode, doing: Promise<unknown>): Promise<void> {
  await assert.rejects(doing, (error) => {
    assert.ok(error instanceof AshlarError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

/** Fetches what `image` is for amd64 into a new store. */
async function fetching(t: TestContext, image: MadeImage, limits: Partial<ImageLimits> = {}) {
  const source = await sourceOf(t, image);
  const resolved = await resolveImage({ source, reference, platform: AMD64 });
  const store = openStore(scratchDirectory(t));
  return { store, resolved, source, fetched: () => fetchImage({ image: resolved, source, store, limits }) };
}

test('an image is resolved to digests, and brought into the store once', async (t) => {
  const image = makeImage();
  const { store, resolved, fetched } = await fetching(t, image);
  assert.equal(resolved.index, image.index);
  assert.equal(resolved.reference.digest, image.index);
  assert.equal(resolved.config.architecture, 'amd64');
  assert.deepEqual(
    resolved.layers.map(({ compression }) => compression),
    ['gzip', 'zstd', 'none'],
  );
  const packed = resolved.layers.reduce((sum, { size }) => sum + size, 0);
  assert.equal(resolved.totalBytes, packed + resolved.manifest.size + resolved.configuration.size);
  const first = await fetched();
  assert.equal(first.fetchedBytes, packed);
  for (const digest of objectsOf(resolved)) {
    assert.deepEqual(store.get(digest), image.blobs.get(digest) ?? image.manifests.get(digest)?.bytes);
  }
  assert.deepEqual(await fetched(), { ...first, fetchedBytes: 0, presentBytes: packed });
  assert.deepEqual(readdirSync(join(store.directory, 'tmp')), []);
});

test('what the store holds damaged is fetched again', async (t) => {
  const { store, resolved, fetched } = await fetching(t, makeImage());
  const whole = await fetched();
  const [layer] = resolved.layers;
  const aside = store.temporary('damaged');
  writeFileSync(aside, Buffer.alloc(layer!.size));
  store.adopt(aside, layer!.digest);
  assert.equal((await fetched()).fetchedBytes, layer!.size);
  assert.equal((await fetched()).presentBytes, whole.fetchedBytes);
});

test('a layer of several frames, one of them skipped, is unpacked whole', async () => {
  const parts = [Buffer.alloc(1000, 1), Buffer.alloc(2000, 2)];
  const skipped = Buffer.from('502a4d180400000061626364', 'hex');
  const packed = Buffer.concat([skipped, ...parts.map((part) => zstdCompressSync(part)), skipped]);
  const layer: ImageLayer = {
    mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd',
    compression: 'zstd',
    digest: sha256(packed),
    size: packed.length,
    diffId: sha256(Buffer.concat(parts)),
  };
  assert.equal(await checkLayer(Readable.from([packed]), layer, 3000), 3000);
});

test('a layer that is not what the configuration says is not taken', async (t) => {
  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    const image = makeImage({ compressions: [compression], claim: (tar) => Buffer.concat([tar, Buffer.alloc(1)]) });
    const { store, resolved, fetched } = await fetching(t, image);
    await rejects('container-layer-mismatch', fetched());
    assert.equal(store.has(resolved.layers[0]!.digest), false);
    assert.equal(store.has(resolved.manifest.digest), false);
    assert.deepEqual(readdirSync(join(store.directory, 'tmp')), []);
  }
});

test('a layer that is packed otherwise than it says is not taken', async (t) => {
  const { store, resolved, source } = await fetching(t, makeImage({ compressions: ['none'] }));
  const image = { ...resolved, layers: resolved.layers.map((layer) => ({ ...layer, compression: 'gzip' as const })) };
  await rejects('container-layer-mismatch', fetchImage({ image, source, store }));
});

test('a layer bomb is cut off at the bound', async () => {
  const bomb = Buffer.alloc(64 << 20);
  for (const [compression, packed] of [
    ['gzip', gzipSync(bomb)],
    ['zstd', zstdCompressSync(bomb)],
  ] as const) {
    assert.ok(packed.length < bomb.length / 500);
    const layer: ImageLayer = {
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      compression,
      digest: sha256(packed),
      size: packed.length,
      diffId: sha256(bomb),
    };
    await rejects('container-layer-too-large', checkLayer(Readable.from([packed]), layer, 1 << 20));
  }
});

test('the layers of an image share a bound', async (t) => {
  const image = makeImage({ bytes: 100_000 });
  await rejects('container-layer-too-large', (await fetching(t, image, { imageBytes: 250_000 })).fetched());
  assert.ok((await (await fetching(t, image, { imageBytes: 400_000 })).fetched()).unpackedBytes > 300_000);
});

test('an architecture that is not there, and a tag where none may be, are refused', async (t) => {
  const source = await sourceOf(t, makeImage());
  const platform = parsePlatform('linux/riscv64');
  await rejects('container-architecture-missing', resolveImage({ source, reference, platform }));
  await rejects('container-not-pinned', resolveImage({ source, reference, platform: AMD64, tags: 'frozen' }));
  const { reference: pinned } = await resolveImage({ source, reference, platform: AMD64 });
  assert.ok(await resolveImage({ source, reference: pinned, platform: AMD64, tags: 'frozen' }));
});

test('a manifest alone is taken for its own architecture', async (t) => {
  const image = makeImage();
  const source = await sourceOf(t, image);
  const { manifest } = await resolveImage({ source, reference, platform: AMD64 });
  const alone = { ...reference, digest: manifest.digest };
  assert.equal((await resolveImage({ source, reference: alone, platform: AMD64 })).index, undefined);
  const platform = parsePlatform('linux/arm64');
  await rejects('container-architecture-missing', resolveImage({ source, reference: alone, platform }));
});
