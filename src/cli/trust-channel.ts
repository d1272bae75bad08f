import * as z from 'zod';
import { AshlarError } from '../model/error.ts';
import { channelNameSchema, systemNameSchema } from '../model/repository.ts';
import { createRoleKeys, keyFolderOf } from '../trust/keys/trust-folder.ts';
import type { TrustEditor } from '../trust/metadata/open-trust.ts';
import { usingNewKeys } from '../trust/metadata/using-new-keys.ts';
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
        'whether a release must have passed preflight to be in it; of a new channel: required',
      )
      .option('--system <names...>', 'of a new channel: the only systems that it may have releases of')
      .option(...KEYS_OPTION)
      .option(...PASSPHRASE_OPTION),
  examples: [
    { command: 'ashlar trust channel keys nightly --preflight not-required', explains: 'add a channel' },
    { command: 'ashlar trust channel keys candidate --preflight required', explains: 'from now on' },
  ],
  options: z.object({
    arguments: z.tuple([z.string(), channelNameSchema]),
    preflight: z.enum(['required', 'not-required']).optional(),
    system: z.array(systemNameSchema).default([]),
    keys: z.array(z.string()).default([]),
    passphraseFile: z.string().optional(),
  }),
  result: resultSchema,
  async run({ arguments: [directory, channel], preflight: asked, system, keys, passphraseFile }, { signal }) {
    const passphrase = commandPassphrase(passphraseFile);
    const session = { directory, passphrase, keyFolders: keys, owner: 'ashlar trust channel', now: new Date(), signal };
    return usingTrust(session, async (trust) => {
      const isNew = !trust.channels().includes(channel);
      if (!isNew && system.length > 0) throw systemsAreFixed(channel);
      const preflight = asked ?? (isNew ? 'required' : preflightOf(trust, channel));
      const made = isNew ? await createRoleKeys(keyFolderOf(directory, channel), channel, 1, passphrase) : [];
      const signed = await usingNewKeys(trust, made, () => {
        const publicKeys = made.map(({ signer }) => signer.key);
        if (isNew)
          trust.addChannel(channel, { keys: publicKeys, threshold: 1, systems: system, policy: { preflight } });
        else trust.setChannelPolicy(channel, { preflight });
        return trust.commit();
      });
      const did = isNew ? ('added' as const) : signed.length > 0 ? ('changed' as const) : ('unchanged' as const);
      return { result: { channel, did, preflight }, exitCode: did === 'unchanged' ? 4 : 0 };
    });
  },
  text: ({ channel, did, preflight }, { green, bold }) =>
    `${green('✔')} ${bold(channel)} ${did === 'added' ? 'added' : did === 'changed' ? 'changed' : 'was so already'}: preflight ${preflight === 'required' ? 'required' : 'not required'}.`,
});

function preflightOf(trust: TrustEditor, channel: string): 'required' | 'not-required' {
  const { channels } = trust.policy();
  return Object.hasOwn(channels, channel) ? channels[channel]!.preflight : 'not-required';
}

function systemsAreFixed(channel: string): AshlarError {
  return new AshlarError(
    'usage',
    `--system: the channel ${channel} is there, and its systems were said when it was added.`,
    {
      hint: 'Add another channel for other systems.',
    },
  );
}
