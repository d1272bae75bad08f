import { AshlarError } from '../../model/error.ts';

/** How the contents of files are stored in an image. */
export type Codec =
  | { readonly algorithm: 'none' }
  | { readonly algorithm: 'lz4' }
  | { readonly algorithm: 'zstd'; readonly level: number };

/** zstd's own default: 3 costs a quarter of level 9's time for 4 % more bytes (measured on Debian's /usr). */
const DEFAULT_ZSTD_LEVEL = 3;
const ZSTD_LEVELS = { least: 1, most: 22 } as const;

/** Raise it whenever the same input would be encoded to other bytes: it is part of every cache key. */
const ENCODING_VERSION = 1;

/**
 * Names everything but the input that an encoded file depends on: part of the key under which the store keeps it. zstd's version
 * is in it because a release of zstd may find other matches.
 */
export function codecId(codec: Codec): string {
  const version = `erofs-${ENCODING_VERSION}`;
  if (codec.algorithm !== 'zstd') return `${version}-${codec.algorithm}`;
  return `${version}-zstd-${codec.level}-${process.versions['zstd'] ?? 'unknown'}`;
}

/**
 * Reads `none`, `lz4`, `zstd` or `zstd:LEVEL` (1–22).
 *
 * @throws AshlarError `usage` for anything else.
 */
export function parseCodec(text: string): Codec {
  if (text === 'none' || text === 'lz4') return { algorithm: text };
  const level = /^zstd(?::(\d{1,2}))?$/.exec(text);
  if (level !== null) {
    const number = level[1] === undefined ? DEFAULT_ZSTD_LEVEL : Number(level[1]);
    if (number >= ZSTD_LEVELS.least && number <= ZSTD_LEVELS.most) return { algorithm: 'zstd', level: number };
  }
  throw new AshlarError('usage', `${JSON.stringify(text)} is not a compression`, {
    hint: `Use none, lz4, zstd, or zstd:LEVEL with a level from ${ZSTD_LEVELS.least} to ${ZSTD_LEVELS.most}.`,
  });
}
