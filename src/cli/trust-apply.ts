import * as z from 'zod';
import { usingTrust } from '../trust/metadata/using-trust.ts';
import { commandPassphrase, PASSPHRASE_OPTION } from './command-passphrase.ts';
import { KEYS_OPTION } from './trust-options.ts';
import { readProposal } from './trust-sign.ts';
import { defineVerb } from './verb.ts';

const resultSchema = z.object({
  about: z.string().describe('What was typed to prepare the change'),
  signed: z.array(z.string()).describe('Roles whose metadata was published anew'),
});

export default defineVerb({
  command: (command) =>
    command
      .argument('<directory>', 'the folder of `ashlar trust init`')
      .argument('<file>', 'the change, signed by as many as must sign it')
      .option(...KEYS_OPTION)
      .option(...PASSPHRASE_OPTION),
  examples: [
    { command: 'ashlar trust apply keys change.json', explains: 'publishes what `ashlar trust sign` has completed' },
  ],
  options: z.object({
    arguments: z.tuple([z.string(), z.string()]),
    keys: z.array(z.string()).default([]),
    passphraseFile: z.string().optional(),
  }),
  result: resultSchema,
  async run({ arguments: [directory, file], keys, passphraseFile }, { signal }) {
    const proposal = readProposal(file);
    const passphrase = commandPassphrase(passphraseFile);
    const session = { directory, passphrase, keyFolders: keys, owner: 'ashlar trust apply', now: new Date(), signal };
    return usingTrust(session, async (trust) => {
      trust.adopt(proposal);
      const signed = await trust.commit();
      return { result: { about: proposal.about, signed }, exitCode: signed.length === 0 ? 4 : 0 };
    });
  },
  text: ({ about, signed }, { green, dim }) =>
    signed.length === 0
      ? dim('It was published already.')
      : `${green('✔')} Published (${about}): ${signed.join(', ')}.`,
});
