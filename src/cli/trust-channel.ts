import * as z from 'zod';
import { createRoleKeys, keyFolderOf } from '../trust/keys/trust-folder.ts';
import { usingTrust } from '../trust/metadata/using-trust.ts';
import { commandPassphrase, PASSPHRASE_OPTION } from './command-passphrase.ts';
import { KEYS_OPTION } from './trust-options.ts';
import { defineVerb } from './verb.ts';

const resultSchema = z.object({
  channel: z.string(),
  did: z.enum(['added', 'changed', 'unchanged']),
  preflight: z.enum(['required', 'not-required']),
});

export default defineVerb({
  command: (command) =>
    command
      .argument('<directory>', 'the folder of `ashlar trust init`')
      .argument('<channel>', 'its name; added when there is none of that name')
      .option(
        '--preflight <required|not-required>',
        'whether a release must have passed preflight to be in it',
        'required',
      )
      .option('--system <names...>', 'of a new channel: the only systems that it may have releases of', [])
      .option(...KEYS_OPTION)
      .option(...PASSPHRASE_OPTION),
  examples: [
    { command: 'ashlar trust channel keys nightly --preflight not-required', explains: 'add a channel' },
    { command: 'ashlar trust channel keys candidate --preflight required', explains: 'from now on' },
  ],
  options: z.object({
    arguments: z.tuple([z.string(), z.string()]),
    preflight: z.enum(['required', 'not-required']),
    system: z.array(z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'must be the name of a system')),
    keys: z.array(z.string()).default([]),
    passphraseFile: z.string().optional(),
  }),
  result: resultSchema,
  async run({ arguments: [directory, channel], preflight, system, keys, passphraseFile }, { signal }) {
    const passphrase = commandPassphrase(passphraseFile);
    const session = { directory, passphrase, keyFolders: keys, owner: 'ashlar trust channel', now: new Date(), signal };
    return usingTrust(session, async (trust) => {
      const isNew = !trust.channels().includes(channel);
      if (isNew) {
        const made = await createRoleKeys(keyFolderOf(directory, channel), channel, 1, passphrase);
        trust.addSigners(made.map(({ signer }) => signer));
        const publicKeys = made.map(({ signer }) => signer.key);
        trust.addChannel(channel, { keys: publicKeys, threshold: 1, systems: system, policy: { preflight } });
      } else trust.setChannelPolicy(channel, { preflight });
      const signed = await trust.commit();
      const did = isNew ? ('added' as const) : signed.length > 0 ? ('changed' as const) : ('unchanged' as const);
      return { result: { channel, did, preflight }, exitCode: did === 'unchanged' ? 4 : 0 };
    });
  },
  text: ({ channel, did, preflight }, { green, bold }) =>
    `${green('✔')} ${bold(channel)} ${did === 'added' ? 'added' : did === 'changed' ? 'changed' : 'was so already'}: preflight ${preflight === 'required' ? 'required' : 'not required'}.`,
});
