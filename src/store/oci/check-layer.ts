import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { imageDigestText } from '../../formats/oci/image-digest.ts';
import { AshlarError } from '../../model/error.ts';
import { exactBytes } from '../../model/format-bytes.ts';
import type { ImageLayer } from './resolve-image.ts';

/**
 * Unpacks `packed`, the checked bytes of `layer`, to nowhere: that it holds the archive that the image's configuration says, of at most `maxBytes`. Returns the bytes of that archive. Nothing
 * is kept of what comes out, so that a layer bomb costs time up to the bound and no space. Throws `container-layer-too-large`, `container-layer-mismatch`.
 */
export async function checkLayer(
  packed: AsyncIterable<Buffer>,
  layer: ImageLayer,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<number> {
  const hash = createHash('sha256');
  let size = 0;
  const count = async (unpacked: AsyncIterable<Buffer>): Promise<void> => {
    for await (const bytes of unpacked) {
      size += bytes.length;
      if (size > maxBytes) throw tooLarge(layer, maxBytes);
      hash.update(bytes);
    }
  };
  const ended = signal === undefined ? {} : { signal };
  try {
    if (layer.compression === 'none') await pipeline(packed, count, ended);
    else await pipeline(packed, layer.compression === 'gzip' ? createGunzip() : createZstdDecompress(), count, ended);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw isUnpackError(error) ? mismatch(layer, 'it cannot be unpacked', error) : error;
  }
  const diffId = hash.digest('hex');
  if (diffId === layer.diffId) return size;
  throw mismatch(layer, `it unpacks to ${diffId}, not to ${layer.diffId}`);
}

function isUnpackError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(?:Z_|ZSTD_|ERR_ZLIB|ERR_ZSTD)/.test(String(error.code));
}

function mismatch({ digest }: ImageLayer, why: string, cause?: unknown): AshlarError {
  return new AshlarError(
    'container-layer-mismatch',
    `The layer ${imageDigestText(digest)} is not what the configuration of its image says: ${why}.`,
    { hint: 'Build and push the image again.', cause },
  );
}

function tooLarge({ digest }: ImageLayer, maxBytes: number): AshlarError {
  return new AshlarError(
    'container-layer-too-large',
    `The layer ${imageDigestText(digest)} unpacks to more than the ${exactBytes(maxBytes)} that are left for it.`,
    { hint: 'Make the image smaller, and keep large data in a volume.' },
  );
}
