import { z } from 'zod';
import { createImage } from '../build/create-image.ts';
import { parseCodec } from '../formats/erofs/codec.ts';
import { formatBytes } from '../model/format-bytes.ts';
import { defineVerb } from './verb.ts';

const resultSchema = z.object({
  image: z.string(),
  size: z.number().int().describe('Bytes'),
  inodes: z.number().int(),
});

export default defineVerb({
  command: (command) =>
    command
      .argument('<source>', 'a directory, a tar archive, or - for an archive on standard input')
      .requiredOption('-o, --output <image>', 'the image to write')
      .option('--compression <codec>', 'none, lz4, zstd, or zstd:LEVEL with a level from 1 to 22', 'zstd')
      .option('--name <name>', 'the volume name, at most 15 bytes; the UUID is derived from it', ''),
  examples: [
    { command: 'ashlar fs create tree -o root.erofs', explains: 'an image of a directory, compressed by zstd' },
    { command: 'tar -c . | ashlar fs create - -o root.erofs --compression none', explains: 'of an archive, plain' },
  ],
  options: z.object({
    arguments: z.tuple([z.string()]),
    output: z.string(),
    compression: z.string(),
    name: z.string().refine((name) => Buffer.byteLength(name) <= 15, 'has more than 15 bytes'),
  }),
  result: resultSchema,
  async run({ arguments: [source], output, compression, name }, { progress, signal }) {
    const codec = parseCodec(compression);
    const { size, inodes } = await createImage({ source, output, codec, name, progress, signal });
    return { result: { image: output, size, inodes } };
  },
  text: ({ image, size, inodes }) => `${image}: ${inodes} inodes, ${formatBytes(size)}`,
});
