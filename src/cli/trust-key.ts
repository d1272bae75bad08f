import * as z from 'zod';
import { usingPath } from '../build/using-path.ts';
import { makeDirectory } from '../store/make-directory.ts';
import { createKeyFile } from '../trust/keys/key-file.ts';
import { commandPassphrase, PASSPHRASE_OPTION } from './command-passphrase.ts';
import { defineVerb } from './verb.ts';

/** Nobody but its owner looks into a folder of keys. */
const FOLDER_MODE = 0o700;

const resultSchema = z.object({
  file: z.string().describe('Says which key it is: to be given to who keeps the repository'),
  id: z.string(),
});

export default defineVerb({
  command: (command) =>
    command
      .argument('<folder>', 'where the key is kept; made when it is not there')
      .argument('<label>', 'what it is called, such as the name of who has it')
      .option(...PASSPHRASE_OPTION),
  examples: [
    { command: 'ashlar trust key my-keys alice', explains: 'on Alice’s machine; alice.key.json goes to the others' },
    {
      command: 'ashlar trust rotate keys root --add --with alice.key.json --threshold 2 --prepare change.json',
      explains: 'on the machine that publishes: root is signed by her as well',
    },
  ],
  options: z.object({
    arguments: z.tuple([
      z.string(),
      z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'name a key by lower-case letters, digits and hyphens'),
    ]),
    passphraseFile: z.string().optional(),
  }),
  result: resultSchema,
  async run({ arguments: [folder, label], passphraseFile }) {
    usingPath(folder, () => makeDirectory(folder, FOLDER_MODE));
    const { path, id } = await createKeyFile(folder, label, commandPassphrase(passphraseFile));
    return { result: { file: path, id } };
  },
  text: ({ file, id }, { green, bold }) =>
    [
      `${green('✔')} Made the key ${bold(file)} (${id.slice(0, 12)}).`,
      '  Give this file to who keeps the repository; it is not secret. The .pem beside it never leaves you: copy it to a second safe place.',
    ].join('\n'),
});
