import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { ErrorCode } from '../../model/error-codes.ts';
import { choosePlatform } from './choose-platform.ts';
import { parseImageConfig } from './image-config.ts';
import { MAX_MANIFEST_BYTES, parseImageDocument } from './image-document.ts';
import { CONFIG_MEDIA_TYPES, INDEX_MEDIA_TYPES, MANIFEST_MEDIA_TYPES } from './media-type.ts';
import { parsePlatform, platformText } from './platform.ts';

const json = (data: unknown): Buffer => Buffer.from(JSON.stringify(data));
const descriptor = (name: string, mediaType: string) => ({ mediaType, size: 3, digest: `sha256:${sha256(name)}` });
const LAYER = descriptor('layer', 'application/vnd.oci.image.layer.v1.tar+gzip');
const CONFIG = descriptor('config', CONFIG_MEDIA_TYPES[0]);
const MANIFEST = { schemaVersion: 2, config: CONFIG, layers: [LAYER] };
const entry = (platform: string) => {
  const { os, architecture, variant } = parsePlatform(platform);
  return { ...descriptor(platform, MANIFEST_MEDIA_TYPES[0]), platform: { os, architecture, variant } };
};
const index = (...platforms: string[]) => ({ schemaVersion: 2, manifests: platforms.map(entry) });

function throwsCode(code: ErrorCode, why: RegExp, call: () => unknown): void {
  assert.throws(call, (error) => {
    assert.ok(error instanceof AshlarError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, why);
    return true;
  });
}

test('OCI’s and Docker’s documents are told apart by what they say', () => {
  for (const mediaType of [undefined, ...MANIFEST_MEDIA_TYPES]) {
    const read = parseImageDocument(json({ ...MANIFEST, mediaType, annotations: { a: 'b' }, subject: LAYER, new: 1 }));
    assert.equal(read.kind, 'manifest');
    assert.equal(read.mediaType, mediaType ?? MANIFEST_MEDIA_TYPES[0]);
    assert.deepEqual(read.kind === 'manifest' && read.layers, [{ ...LAYER, digest: sha256('layer') }]);
  }
  for (const mediaType of [undefined, ...INDEX_MEDIA_TYPES]) {
    const read = parseImageDocument(json({ ...index('linux/amd64'), mediaType }));
    assert.equal(read.kind, 'index');
    assert.equal(read.mediaType, mediaType ?? INDEX_MEDIA_TYPES[0]);
  }
});

const REFUSED: Readonly<Record<string, [data: unknown, why: RegExp]>> = {
  'schema 1': [{ schemaVersion: 1, fsLayers: [] }, /schema 1/],
  'an index that is a manifest too': [{ ...index('linux/amd64'), ...MANIFEST }, /must not be in an index/],
  'a manifest that is an index too': [
    { ...index('linux/amd64'), ...MANIFEST, mediaType: MANIFEST_MEDIA_TYPES[0] },
    /must not be in a manifest/,
  ],
  'an index by name alone': [{ ...MANIFEST, mediaType: INDEX_MEDIA_TYPES[0] }, /index|manifests/],
  'another kind of thing': [{ ...MANIFEST, mediaType: 'application/vnd.cncf.notary.signature' }, /no image/],
  'a size that is negative': [{ ...MANIFEST, config: { ...CONFIG, size: -1 } }, /config\.size/],
  'a size beyond all layers': [{ ...MANIFEST, config: { ...CONFIG, size: 2 ** 50 } }, /config\.size/],
  'a fraction of a byte': [{ ...MANIFEST, config: { ...CONFIG, size: 0.5 } }, /config\.size/],
  'a digest that leaves its folder': [{ ...MANIFEST, config: { ...CONFIG, digest: 'sha256:../x' } }, /config\.digest/],
  'SHA-512': [{ ...MANIFEST, config: { ...CONFIG, digest: `sha512:${'0'.repeat(128)}` } }, /SHA-512 is not supported/],
  'a media type with a line break': [{ ...MANIFEST, config: { ...CONFIG, mediaType: 'a/b\r\nc' } }, /mediaType/],
  'too many layers': [{ ...MANIFEST, layers: Array(501).fill(LAYER) }, /layers/],
  'too many platforms': [index(...Array<string>(1025).fill('linux/amd64')), /manifests/],
};

for (const [name, [data, why]] of Object.entries(REFUSED)) {
  test(`${name} is refused`, () => throwsCode('container-image-invalid', why, () => parseImageDocument(json(data))));
}

test('what is too long or no JSON is refused', () => {
  throwsCode('container-image-invalid', /bytes/, () => parseImageDocument(Buffer.alloc(MAX_MANIFEST_BYTES + 1, 32)));
  throwsCode('container-image-invalid', /JSON/, () => parseImageDocument(Buffer.from('{')));
  throwsCode('container-image-invalid', /JSON/, () => parseImageDocument(Buffer.from([0xff, 0xfe])));
});

/** Wanted, what is there, and what of it is taken (undefined: none). */
const CHOICES: readonly (readonly [wanted: string, there: readonly string[], taken: string | undefined])[] = [
  ['linux/amd64', ['linux/arm64', 'linux/amd64'], 'linux/amd64'],
  ['linux/amd64', ['windows/amd64', 'linux/amd64/v3'], undefined],
  ['linux/amd64/v3', ['linux/amd64', 'linux/amd64/v2', 'linux/amd64/v4'], 'linux/amd64/v2'],
  ['linux/arm64', ['linux/arm/v7', 'linux/arm64/v8'], 'linux/arm64'],
  ['linux/arm64/v8', ['linux/arm64'], 'linux/arm64'],
  ['linux/arm/v7', ['linux/arm/v5', 'linux/arm/v6', 'linux/arm64'], 'linux/arm/v6'],
  ['linux/arm/v6', ['linux/arm/v7'], undefined],
  ['linux/riscv64', ['linux/riscv64'], 'linux/riscv64'],
];

for (const [wanted, there, taken] of CHOICES) {
  test(`${wanted} of ${there.join(', ')} is ${taken ?? 'none'}`, () => {
    const document = parseImageDocument(json(index(...there)));
    assert.ok(document.kind === 'index');
    const choose = () => choosePlatform(document, parsePlatform(wanted), 'quay.io/x');
    if (taken === undefined) {
      throwsCode('container-architecture-missing', new RegExp(`for ${wanted}, but for`), choose);
      return;
    }
    const { platform } = choose();
    assert.ok(platform !== undefined);
    assert.equal(platformText({ ...platform, variant: platform.variant }), taken);
  });
}

test('attestations and nested indexes are never chosen', () => {
  const { platform: _, ...bare } = entry('linux/amd64');
  const nested = { ...entry('linux/amd64'), mediaType: INDEX_MEDIA_TYPES[0] };
  const unknown = { ...bare, platform: { os: 'unknown', architecture: 'unknown' } };
  const document = parseImageDocument(json({ schemaVersion: 2, manifests: [bare, nested, unknown] }));
  assert.ok(document.kind === 'index');
  throwsCode('container-architecture-missing', /./, () => choosePlatform(document, parsePlatform('linux/amd64'), 'x'));
});

test('a platform is two or three names', () => {
  for (const text of ['', 'linux', 'linux/', 'linux/amd64/v1/x', 'linux/AMD64', '/amd64']) {
    throwsCode('usage', /platform/, () => parsePlatform(text));
  }
});

test('a configuration as tools write it is read', () => {
  const config = parseImageConfig(
    json({
      architecture: 'amd64',
      os: 'linux',
      created: '2026-01-01T00:00:00Z',
      config: { Env: ['PATH=/bin'], Cmd: null, ExposedPorts: { '80/tcp': {} }, Volumes: null, OnBuild: null },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256('diff')}`] },
      history: [{}],
    }),
  );
  assert.deepEqual(config.rootfs.diff_ids, [sha256('diff')]);
  assert.deepEqual(config.config?.ExposedPorts, { '80/tcp': {} });
  throwsCode('container-image-invalid', /rootfs/, () => parseImageConfig(json({ architecture: 'amd64', os: 'linux' })));
});
