import { inflateRawSync, constants as zlib, zstdDecompressSync } from 'node:zlib';
import type { StoredPiece } from './compressed-pieces.ts';
import type { ErofsImage } from './erofs-image.ts';
import { imageCorrupt, imageUnsupported } from './image-error.ts';
import { decodeLz4 } from './lz4-decode.ts';
import { ALGORITHM, FEATURE_INCOMPAT, PCLUSTER_MAX_DECODED_BYTES } from './on-disk.ts';

/** A window that holds the largest piece: a frame that asks for more memory is refused. */
const ZSTD_MAX_WINDOW_LOG = 24;

/**
 * The bytes of one stored piece: `length` of them, the first of which is at `start` of the file. `where` names the inode. Throws
 * `image-corrupt` when it does not decode to exactly that, `image-unsupported` for other algorithms.
 */
export function decodePiece(
  image: ErofsImage,
  piece: StoredPiece,
  start: number,
  length: number,
  where: string,
): Buffer {
  const stored = image.bytes(piece.offset, piece.size, where);
  const { coding } = piece;
  if (coding === 'plain') return stored.subarray(0, length);
  if (coding === 'interlaced') {
    const { blockBytes } = image.superblock;
    const first = Math.min(length, blockBytes - (start % blockBytes));
    return Buffer.concat([
      stored.subarray(stored.length - (blockBytes - (start % blockBytes))).subarray(0, first),
      stored.subarray(0, length - first),
    ]);
  }
  const padded = (image.superblock.featureIncompat & FEATURE_INCOMPAT.zeroPadding) !== 0;
  const input = padded ? withoutZeros(stored) : stored;
  const bytes = decode(coding.algorithm, input, length, piece.partial || !padded, where);
  if (bytes === undefined) throw imageCorrupt(where, `a piece does not decode to ${length} bytes`, piece.offset);
  return bytes;
}

function decode(algorithm: number, input: Buffer, length: number, prefix: boolean, where: string): Buffer | undefined {
  if (algorithm === ALGORITHM.lz4) return decodeLz4(input, length, prefix ? 'prefix' : 'whole');
  if (algorithm !== ALGORITHM.zstd && algorithm !== ALGORITHM.deflate) {
    throw imageUnsupported(where, `compression algorithm ${algorithm}`);
  }
  const maxOutputLength = prefix ? PCLUSTER_MAX_DECODED_BYTES : length;
  try {
    const bytes =
      algorithm === ALGORITHM.zstd
        ? zstdDecompressSync(input, {
            maxOutputLength,
            chunkSize: chunkFor(length),
            params: { [zlib.ZSTD_d_windowLogMax]: ZSTD_MAX_WINDOW_LOG },
          })
        : inflateRawSync(input, { maxOutputLength, chunkSize: chunkFor(length) });
    if (prefix ? bytes.length < length : bytes.length !== length) return undefined;
    return bytes.subarray(0, length);
  } catch (error) {
    if (isDecoderError(error)) return undefined;
    throw error;
  }
}

/** One byte more than is expected, so that the decoder ends without asking for a second buffer. */
function chunkFor(length: number): number {
  return Math.max(64, length + 1);
}

/** What zlib says of bad input: its own codes, and that there is more output than asked for. */
function isDecoderError(error: unknown): boolean {
  const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? '') : '';
  return /^(Z_|ZSTD_|ERR_BUFFER_TOO_LARGE$)/.test(code);
}

function withoutZeros(stored: Buffer): Buffer {
  let at = 0;
  while (at < stored.length && stored[at] === 0) at++;
  return stored.subarray(at);
}
