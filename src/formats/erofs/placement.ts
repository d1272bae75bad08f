import { z } from 'zod';
import { AshlarError } from '../../model/error.ts';

/**
 * Where the parts of an image lie: what the layout of the next image is kept to, so that what has not changed stays where it is
 * and a device finds it in its old slot. Names are {@link MetadataDemand} and {@link DataDemand} keys.
 */
export interface Placement {
  /** Position and length in bytes of everything in the metadata, by its key. */
  readonly metadata: ReadonlyMap<string, { readonly position: number; readonly bytes: number }>;
  /** First block and number of blocks of all data, by the key of their contents. */
  readonly data: ReadonlyMap<string, { readonly block: number; readonly blocks: number }>;
  /** Which data the inode of a key had. */
  readonly dataOf: ReadonlyMap<string, string>;
}

const natural = z.int().nonnegative();
const schema = z.object({
  version: z.literal(1),
  metadata: z.array(z.tuple([z.string(), natural, natural])),
  data: z.array(z.tuple([z.string(), natural, natural])),
  dataOf: z.array(z.tuple([z.string(), z.string()])),
});

/** `placement` as JSON text: about 100 bytes a file. */
export function serializePlacement(placement: Placement): string {
  return JSON.stringify({
    version: 1,
    metadata: [...placement.metadata].map(([key, { position, bytes }]) => [key, position, bytes]),
    data: [...placement.data].map(([key, { block, blocks }]) => [key, block, blocks]),
    dataOf: [...placement.dataOf],
  } satisfies z.infer<typeof schema>);
}

/**
 * The reverse of {@link serializePlacement}. A wrong placement cannot harm: whatever it says, a layout gives each byte to one thing.
 *
 * @throws AshlarError `placement-invalid` when `text` is not a placement.
 */
export function parsePlacement(text: string): Placement {
  try {
    const parsed = schema.parse(JSON.parse(text));
    return {
      metadata: new Map(parsed.metadata.map(([key, position, bytes]) => [key, { position, bytes }])),
      data: new Map(parsed.data.map(([key, block, blocks]) => [key, { block, blocks }])),
      dataOf: new Map(parsed.dataOf),
    };
  } catch (cause) {
    throw new AshlarError('placement-invalid', 'The placement of the previous image does not follow its format', {
      hint: 'Build without --previous, or give the release as it was built.',
      cause,
    });
  }
}
