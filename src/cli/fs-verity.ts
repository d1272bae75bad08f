import { z } from 'zod';
import { systemUuid } from '../build/assemble/root/system-uuid.ts';
import { createVerityTree } from '../build/create-verity-tree.ts';
import { uuid } from '../formats/uuid.ts';
import { parseSalt } from '../formats/verity/salt.ts';
import { formatBytes } from '../model/format-bytes.ts';
import { defineVerb } from './verb.ts';

const resultSchema = z.object({
  tree: z.string(),
  rootHash: z.string().describe('SHA-256 in hexadecimal: what the kernel is given as roothash='),
  salt: z.string().describe('Hexadecimal; empty when there is none'),
  uuid: z.string(),
  dataBlocks: z.number().int().describe('Blocks of 4096 bytes'),
  size: z.number().int().describe('Bytes of the tree'),
});

export default defineVerb({
  command: (command) =>
    command
      .argument('<image>', 'the image: whole blocks of 4096 bytes')
      .requiredOption('-o, --output <tree>', 'the hash tree to write')
      .requiredOption('--salt <hex>', 'the salt, at most 256 bytes in hexadecimal; - for none')
      .option('--uuid <uuid>', 'the UUID of the tree; derived from the salt when absent'),
  examples: [
    { command: 'ashlar fs verity root.erofs -o root.verity --salt 00ff', explains: 'prints the root hash' },
    {
      command: 'veritysetup verify root.erofs root.verity "$(ashlar fs verity root.erofs -o root.verity --salt 00ff)"',
      explains: 'has the reference tool check it',
    },
  ],
  options: z.object({
    arguments: z.tuple([z.string()]),
    output: z.string(),
    salt: z.string(),
    uuid: z.string().optional(),
  }),
  result: resultSchema,
  async run({ arguments: [image], output, salt: saltText, uuid: uuidText }, { progress, signal }) {
    const salt = parseSalt(saltText);
    const id = uuidText === undefined ? systemUuid('verity salt', salt.toString('hex')) : uuid(uuidText);
    const { rootHash, dataBlocks, size } = await createVerityTree({ image, output, salt, uuid: id, progress, signal });
    progress.note(`${output}: ${dataBlocks} blocks, ${formatBytes(size)}`);
    return { result: { tree: output, rootHash, salt: salt.toString('hex'), uuid: id, dataBlocks, size } };
  },
  text: ({ rootHash }) => rootHash,
});
