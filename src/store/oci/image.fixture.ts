import { gzipSync, zstdCompressSync } from 'node:zlib';
import { imageDigestText } from '../../formats/oci/image-digest.ts';
import type { LayerCompression } from '../../formats/oci/media-type.ts';
import { writeTar } from '../../formats/tar/write-tar.ts';
import { bytesOf } from '../../model/byte-string.ts';
import { type Sha256, sha256 } from '../../model/digest.ts';
import { patterned } from '../transport/scratch.fixture.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const SUFFIX: Readonly<Record<LayerCompression, string>> = { none: '', gzip: '+gzip', zstd: '+zstd' };

/** An image for amd64 and arm64, made here. */
export interface MadeImage {
  readonly index: Sha256;
  /** Index and manifests by digest, with their media types. */
  readonly manifests: ReadonlyMap<Sha256, { readonly mediaType: string; readonly bytes: Buffer }>;
  /** Configurations and layers. */
  readonly blobs: ReadonlyMap<Sha256, Buffer>;
}

export interface MakeImageOptions {
  /** Bytes of the file in each layer. */
  readonly bytes?: number;
  readonly compressions?: readonly LayerCompression[];
  /** Turns each archive into what the configuration says of it, for images that lie. */
  readonly claim?: (tar: Buffer) => Buffer;
}

/** Makes an image with a layer for each of `compressions`; its bytes follow from the options. */
export function makeImage({
  bytes = 1000,
  compressions = ['gzip', 'zstd', 'none'],
  claim,
}: MakeImageOptions = {}): MadeImage {
  const manifests = new Map<Sha256, { mediaType: string; bytes: Buffer }>();
  const blobs = new Map<Sha256, Buffer>();
  const blob = (mediaType: string, content: Buffer) => {
    blobs.set(sha256(content), content);
    return describe(mediaType, content);
  };
  const tars = compressions.map((_, at) => tarOf(`file-${at}`, bytes + at));
  const layers = tars.map((tar, at) => {
    const compression = compressions[at]!;
    return blob(`application/vnd.oci.image.layer.v1.tar${SUFFIX[compression]}`, pack(tar, compression));
  });
  const diffIds = tars.map((tar) => imageDigestText(sha256(claim?.(tar) ?? tar)));
  const entries = ['amd64', 'arm64'].map((architecture) => {
    const config = json({
      architecture,
      os: 'linux',
      config: { Cmd: ['/x'] },
      rootfs: { type: 'layers', diff_ids: diffIds },
    });
    const manifest = json({ schemaVersion: 2, mediaType: MANIFEST, config: blob(CONFIG, config), layers });
    manifests.set(sha256(manifest), { mediaType: MANIFEST, bytes: manifest });
    return { ...describe(MANIFEST, manifest), platform: { os: 'linux', architecture } };
  });
  const index = json({ schemaVersion: 2, mediaType: INDEX, manifests: entries });
  manifests.set(sha256(index), { mediaType: INDEX, bytes: index });
  return { index: sha256(index), manifests, blobs };
}

/** The files of an OCI image layout that holds `image` under the name `tag`. */
export function layoutFilesOf({ index, manifests, blobs }: MadeImage, tag: string): Record<string, Buffer> {
  const { mediaType, bytes } = manifests.get(index)!;
  const entry = { ...describe(mediaType, bytes), annotations: { 'org.opencontainers.image.ref.name': tag } };
  const contents = [...[...manifests].map(([digest, it]) => [digest, it.bytes] as const), ...blobs];
  return {
    'oci-layout': json({ imageLayoutVersion: '1.0.0' }),
    'index.json': json({ schemaVersion: 2, manifests: [entry] }),
    ...Object.fromEntries(contents.map(([digest, content]) => [`blobs/sha256/${digest}`, content])),
  };
}

/** A tar archive of files. */
export function archiveOf(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const base = { mode: 0o644, uid: 0, gid: 0, mtime: { seconds: 0n, nanoseconds: 0 }, xattrs: new Map() };
  const members = Object.entries(files).map(([path, data]) => ({
    ...base,
    path: bytesOf(path),
    type: 'file' as const,
    size: data.length,
    extents: undefined,
    data: [data],
  }));
  return Buffer.concat([...writeTar(members)]);
}

function tarOf(name: string, bytes: number): Buffer {
  return archiveOf({ [name]: patterned(bytes) });
}

function pack(tar: Buffer, compression: LayerCompression): Buffer {
  if (compression === 'gzip') return gzipSync(tar);
  return compression === 'zstd' ? zstdCompressSync(tar) : tar;
}

function describe(mediaType: string, content: Buffer) {
  return { mediaType, digest: imageDigestText(sha256(content)), size: content.length };
}

function json(data: unknown): Buffer {
  return Buffer.from(JSON.stringify(data));
}
