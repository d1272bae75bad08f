import { architectureMissing, choosePlatform } from '../../formats/oci/choose-platform.ts';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { type ImageConfig, MAX_CONFIG_BYTES, parseImageConfig } from '../../formats/oci/image-config.ts';
import { type ImageManifest, parseImageDocument } from '../../formats/oci/image-document.ts';
import { type ImageReference, imageReferenceText } from '../../formats/oci/image-reference.ts';
import { isConfigMediaType, type LayerCompression, layerCompression } from '../../formats/oci/media-type.ts';
import { imageInvalid } from '../../formats/oci/oci-errors.ts';
import { type Platform, platformDistance } from '../../formats/oci/platform.ts';
import type { Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { joined } from './checked-content.ts';
import type { ImageSource } from './image-source.ts';

/** An image for one platform, all of it named by digests. */
export interface ResolvedImage {
  /** What was asked for, with the digest that it led to: of the index when there is one. */
  readonly reference: ImageReference;
  /** The index that the image was chosen from; undefined when the reference leads to a manifest. */
  readonly index: Sha256 | undefined;
  readonly manifest: Descriptor;
  readonly configuration: Descriptor;
  readonly config: ImageConfig;
  /** From the bottom up. */
  readonly layers: readonly ImageLayer[];
  /** Bytes to transfer: manifest, configuration and each distinct layer as it is packed. */
  readonly totalBytes: number;
}

/** A layer as it travels, and what it unpacks to. */
export interface ImageLayer extends Descriptor {
  readonly compression: LayerCompression;
  /** SHA-256 of the tar archive inside. */
  readonly diffId: Sha256;
}

export interface ResolveOptions {
  readonly source: ImageSource;
  readonly reference: ImageReference;
  readonly platform: Platform;
  /** `frozen` takes no tag for an answer, as what it leads to may change. Default: `open`. */
  readonly tags?: 'open' | 'frozen';
  readonly signal?: AbortSignal;
}

/**
 * Follows a reference to the image for `platform`, reading index, manifest and configuration, and no layer. Throws `container-not-pinned`, `container-architecture-missing`,
 * `container-image-invalid`, and what the source throws.
 */
export async function resolveImage(options: ResolveOptions): Promise<ResolvedImage> {
  const { source, reference, platform, signal } = options;
  const name = imageReferenceText(reference);
  if (options.tags === 'frozen' && reference.digest === undefined) throw notPinned(name);
  const named = await source.resolve(reference, signal);
  const { digest, bytes, manifest } = await manifestFor(named, name, options);
  const { config: configuration, mediaType } = manifest;
  if (!isConfigMediaType(configuration.mediaType)) {
    throw imageInvalid('manifest', `it is of something else (${JSON.stringify(configuration.mediaType)})`);
  }
  if (configuration.size > MAX_CONFIG_BYTES) {
    throw imageInvalid('configuration', `it has ${configuration.size} bytes, more than ${MAX_CONFIG_BYTES}`);
  }
  const config = parseImageConfig(await joined(source.blob(configuration, signal)));
  const offered = { os: config.os, architecture: config.architecture, variant: config.variant };
  if (platformDistance(platform, offered) === undefined) throw architectureMissing(name, platform, [offered]);
  const layers = layersOf(manifest, config);
  return {
    reference: { ...reference, digest: named },
    index: digest === named ? undefined : named,
    manifest: { mediaType, digest, size: bytes.length },
    configuration,
    config,
    layers,
    totalBytes: bytes.length + configuration.size + packedBytes(layers),
  };
}

async function manifestFor(named: Sha256, name: string, { source, platform, signal }: ResolveOptions) {
  const bytes = await source.manifest(named, signal);
  const document = parseImageDocument(bytes);
  if (document.kind === 'manifest') return { digest: named, bytes, manifest: document };
  const { digest, size } = choosePlatform(document, platform, name);
  const chosen = await source.manifest(digest, signal);
  if (chosen.length !== size) throw imageInvalid('index', `it says ${size} bytes of a manifest of ${chosen.length}`);
  const manifest = parseImageDocument(chosen);
  if (manifest.kind === 'manifest') return { digest, bytes: chosen, manifest };
  throw imageInvalid('index', 'an entry that should be a manifest is an index');
}

function layersOf({ layers }: ImageManifest, { rootfs }: ImageConfig): ImageLayer[] {
  if (layers.length !== rootfs.diff_ids.length) {
    throw imageInvalid('configuration', `it names ${rootfs.diff_ids.length} layers, the manifest ${layers.length}`);
  }
  return layers.map((layer, at) => {
    const compression = layerCompression(layer.mediaType);
    if (compression !== undefined) return { ...layer, compression, diffId: rootfs.diff_ids[at]! };
    throw imageInvalid('manifest', `a layer is a ${JSON.stringify(layer.mediaType)}, which cannot be unpacked here`);
  });
}

function packedBytes(layers: readonly ImageLayer[]): number {
  const sizes = new Map(layers.map(({ digest, size }) => [digest, size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

function notPinned(name: string): AshlarError {
  return new AshlarError('container-not-pinned', `The container image ${name} is named without its digest.`, {
    hint: 'Resolve the tag first, and name the image by name:tag@sha256:….',
  });
}
