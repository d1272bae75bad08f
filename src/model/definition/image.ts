import * as z from 'zod';
import { explain, show } from './explain.ts';
import { strict } from './strict.ts';

/** How the root image is compressed. */
export type Compression =
  | { readonly algorithm: 'none' }
  | { readonly algorithm: 'lz4' }
  | { readonly algorithm: 'zstd'; readonly level: number };

const MAX_ZSTD_LEVEL = 19;

/** `none`, `lz4`, `zstd` or `zstd:<level>` as a {@link Compression}; undefined when it is something else. */
export function parseCompression(text: string): Compression | undefined {
  if (text === 'none' || text === 'lz4') return { algorithm: text };
  const [, level] = /^zstd(?::([1-9][0-9]?))?$/.exec(text) ?? [null, null];
  if (level === null || Number(level ?? 3) > MAX_ZSTD_LEVEL) return undefined;
  return { algorithm: 'zstd', level: Number(level ?? 3) };
}

export const image = strict({
  compression: z
    .string()
    .regex(/^(none|lz4|zstd(:(1?[1-9]|10))?)$/, {
      error: (issue) =>
        explain(
          `${show(issue.input)} is not a compression`,
          `write "none", "lz4", "zstd" or "zstd:<level>" with a level from 1 to ${MAX_ZSTD_LEVEL}`,
        ),
      abort: true,
    })
    .transform((text): Compression => parseCompression(text)!)
    .default({ algorithm: 'zstd', level: 3 })
    .describe('Compression of the root image: `none`, `lz4`, `zstd` or `zstd:<level>` (1 to 19). Default: `zstd:3`.'),
  salt: z
    .string()
    .regex(/^[0-9a-f]{64}$/, {
      error: explain('this is not a salt', 'write 64 hexadecimal digits in lower case, or leave it out'),
    })
    .optional()
    .describe(
      'Salt of the dm-verity tree, 64 hexadecimal digits. The same for all releases of a system, or updates cannot be incremental. Default: derived from `name`.',
    ),
})
  .prefault({})
  .describe('How the root image is made.');
