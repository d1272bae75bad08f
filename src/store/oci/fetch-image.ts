import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { writeError } from '../disk-full.ts';
import type { Store } from '../store.ts';
import { checkLayer } from './check-layer.ts';
import { checkedContent, joined } from './checked-content.ts';
import type { ImageSource } from './image-source.ts';
import type { ImageLayer, ResolvedImage } from './resolve-image.ts';

/** How much the layers of an image may unpack to. */
export interface ImageLimits {
  readonly layerBytes: number;
  readonly imageBytes: number;
}

/** Twice the largest images in common use (machine learning, 8 GiB a layer), and what a small disk can still be asked for. */
export const IMAGE_LIMITS: ImageLimits = { layerBytes: 16 * 2 ** 30, imageBytes: 32 * 2 ** 30 };

export interface FetchImageOptions {
  readonly image: ResolvedImage;
  readonly source: ImageSource;
  readonly store: Store;
  readonly limits?: Partial<ImageLimits>;
  /** Called with the number of bytes of each piece that came. */
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/** What fetching an image took. */
export interface FetchedImage {
  /** Bytes of layers that came from the source. */
  readonly fetchedBytes: number;
  /** Bytes of layers that the store held already. */
  readonly presentBytes: number;
  /** Bytes of the tar archives inside the layers. */
  readonly unpackedBytes: number;
}

/** Objects are written once and then only read. */
const OBJECT_MODE = 0o444;

/**
 * Brings index, manifest, configuration and layers of `image` into the store, each under its SHA-256. A layer gets its name only after its bytes were hashed and it was seen to unpack to what
 * the configuration says, within `limits`; one that the store holds is checked in the same way, and not fetched again. After an error what was whole stays, and the next call goes on there.
 * Throws what the source throws, `container-layer-mismatch`, `container-layer-too-large`, `disk-full`.
 */
export async function fetchImage(options: FetchImageOptions): Promise<FetchedImage> {
  const { image, source, store, signal } = options;
  const limits = { ...IMAGE_LIMITS, ...options.limits };
  const seen = new Map<string, number>();
  let [fetchedBytes, presentBytes, unpackedBytes] = [0, 0, 0];
  for (const layer of image.layers) {
    signal?.throwIfAborted();
    const left = Math.min(limits.layerBytes, limits.imageBytes - unpackedBytes);
    const key = `${layer.digest} ${layer.diffId} ${layer.compression}`;
    const known = seen.get(key);
    if (known !== undefined && known <= left) {
      unpackedBytes += known;
      continue;
    }
    const isThere = await holds(store, layer);
    const unpacked = isThere
      ? await checkLayer(createReadStream(store.pathOf(layer.digest)), layer, left, signal)
      : await fetchLayer(layer, left, options);
    if (isThere) presentBytes += layer.size;
    else fetchedBytes += layer.size;
    unpackedBytes += unpacked;
    seen.set(key, unpacked);
  }
  if (image.index !== undefined && store.get(image.index) === undefined) {
    store.put(await source.manifest(image.index, signal));
  }
  if (store.get(image.configuration.digest) === undefined) {
    store.put(await joined(source.blob(image.configuration, signal)));
  }
  // Last, so that who finds a manifest finds what it names.
  if (store.get(image.manifest.digest) === undefined) store.put(await source.manifest(image.manifest.digest, signal));
  store.sync();
  return { fetchedBytes, presentBytes, unpackedBytes };
}

/** Whether the store holds the layer whole; what a power cut left of it is dropped. */
async function holds(store: Store, { digest, size }: ImageLayer): Promise<boolean> {
  if (store.sizeOf(digest) === undefined) return false;
  const path = store.pathOf(digest);
  try {
    for await (const _ of checkedContent(createReadStream(path), { digest, size }, store.directory));
    return true;
  } catch (error) {
    if (!(error instanceof AshlarError)) throw error;
    await rm(path, { force: true });
    return false;
  }
}

async function fetchLayer(
  layer: ImageLayer,
  maxBytes: number,
  { source, store, onBytes, signal }: FetchImageOptions,
): Promise<number> {
  const aside = store.temporary('layer');
  try {
    await write(aside, source.blob(layer, signal), store.directory, onBytes);
    const unpacked = await checkLayer(createReadStream(aside), layer, maxBytes, signal);
    store.adopt(aside, layer.digest);
    return unpacked;
  } finally {
    await rm(aside, { force: true });
  }
}

async function write(
  path: string,
  pieces: AsyncIterable<Buffer>,
  directory: string,
  onBytes: FetchImageOptions['onBytes'],
): Promise<void> {
  try {
    const file = await open(path, 'wx', OBJECT_MODE);
    try {
      for await (const bytes of pieces) {
        await file.writeFile(bytes);
        onBytes?.(bytes.length);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw writeError(directory, error);
  }
}

/** The objects of the store that an image needs: what a collection of garbage must keep. */
export function objectsOf({ index, manifest, configuration, layers }: ResolvedImage): ReadonlySet<Sha256> {
  const digests = [manifest, configuration, ...layers].map(({ digest }) => digest);
  return new Set(index === undefined ? digests : [index, ...digests]);
}
