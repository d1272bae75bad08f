import * as z from 'zod';
import { AshlarError } from '../model/error.ts';
import { type PreflightRequirement, preflightRequirementSchema } from '../model/preflight-requirement.ts';
import { channelNameSchema, systemNameSchema } from '../model/repository.ts';
import type { TrustedRelease } from '../trust/client/trusted-release.ts';
import type { KeyFile } from '../trust/keys/key-file.ts';
import { createRoleKeys, keyFolderOf } from '../trust/keys/trust-folder.ts';
import type { TrustEditor } from '../trust/metadata/open-trust.ts';
import { usingNewKeys } from '../trust/metadata/using-new-keys.ts';
import { usingTrust } from '../trust/metadata/using-trust.ts';
import { commandPassphrase, PASSPHRASE_OPTION } from './command-passphrase.ts';
import { commitOrPrepare, preparedText } from './commit-or-prepare.ts';
import { requirementText } from './requirement-text.ts';
import { KEYS_OPTION, PREPARE_OPTION, preparedSchema } from './trust-options.ts';
import { defineVerb } from './verb.ts';

const resultSchema = z.object({
  channel: z.string(),
  did: z.enum(['added', 'changed', 'unchanged', 'removed']).describe('With --prepare: what comes of it'),
  preflight: preflightRequirementSchema.describe('What it requires, or did when it was removed'),
  prepared: preparedSchema,
});
type Did = z.output<typeof resultSchema>['did'];

export default defineVerb({
  command: (command) =>
    command
      .argument('<directory>', 'the folder of `ashlar trust init`')
      .argument('<channel>', 'its name; added when there is none of that name')
      .option(
        '--preflight <required|boot|not-required>',
        'what a release must have passed to be in it: every trial of preflight, `boot`, or none; of a new channel: required',
      )
      .option('--system <names...>', 'of a new channel: the only systems that it may have releases of')
      .option('--remove', 'remove it: devices that follow it get no updates until they follow another')
      .option('--with-releases', 'remove it although it has releases; their files stay until `ashlar repo gc`')
      .option(...PREPARE_OPTION)
      .option(...KEYS_OPTION)
      .option(...PASSPHRASE_OPTION),
  examples: [
    { command: 'ashlar trust channel keys nightly --preflight not-required', explains: 'add a channel' },
    { command: 'ashlar trust channel keys candidate --preflight required', explains: 'from now on' },
    { command: 'ashlar trust channel keys nightly --remove', explains: 'nobody follows it any more' },
  ],
  options: z
    .object({
      arguments: z.tuple([z.string(), channelNameSchema]),
      preflight: preflightRequirementSchema.optional(),
      system: z.array(systemNameSchema).default([]),
      remove: z.boolean().default(false),
      withReleases: z.boolean().default(false),
      prepare: z.string().optional(),
      keys: z.array(z.string()).default([]),
      passphraseFile: z.string().optional(),
    })
    .refine(({ remove, preflight, system }) => !remove || (preflight === undefined && system.length === 0), {
      path: ['remove'],
      message: 'cannot be given together with --preflight or --system',
    })
    .refine(({ remove, withReleases }) => remove || !withReleases, {
      path: ['withReleases'],
      message: 'needs --remove',
    }),
  result: resultSchema,
  async run({ arguments: [directory, channel], prepare, keys, passphraseFile, ...options }, { signal }) {
    const passphrase = commandPassphrase(passphraseFile);
    const session = { directory, passphrase, keyFolders: keys, owner: 'ashlar trust channel', now: new Date(), signal };
    return usingTrust(session, async (trust) => {
      const { did, preflight, made } = await change(trust, channel, options, () =>
        createRoleKeys(keyFolderOf(directory, channel), channel, 1, passphrase),
      );
      if (did === 'unchanged') return { result: { channel, did, preflight }, exitCode: 4 };
      const about = `trust channel ${channel}${did === 'removed' ? ' --remove' : ''}`;
      const { prepared } = await usingNewKeys(trust, made, () => commitOrPrepare(trust, prepare, about));
      return { result: { channel, did, preflight, ...(prepared === undefined ? {} : { prepared }) } };
    });
  },
  text({ channel, did, preflight, prepared }, { green, yellow, bold }) {
    const what = { added: 'added', changed: 'changed', unchanged: 'was so already', removed: 'removed' }[did];
    const mark = prepared === undefined ? green('✔') : yellow('prepared:');
    const more =
      did === 'removed'
        ? 'devices that follow it get no updates until they follow another.'
        : `${requirementText(preflight)}.`;
    return [
      `${mark} ${bold(channel)} ${what}: ${more}`,
      ...(prepared === undefined ? [] : [preparedText(prepared)]),
    ].join('\n');
  },
});

interface Wish {
  readonly preflight?: PreflightRequirement | undefined;
  readonly system: readonly string[];
  readonly remove: boolean;
  readonly withReleases: boolean;
}

interface Change {
  readonly did: Did;
  readonly preflight: PreflightRequirement;
  /** Keys that were made for it. */
  readonly made: readonly KeyFile[];
}

/** Changes the draft; nothing is written yet. */
async function change(
  trust: TrustEditor,
  channel: string,
  { preflight: asked, system, remove, withReleases }: Wish,
  makeKeys: () => Promise<KeyFile[]>,
): Promise<Change> {
  if (remove) {
    const releases = trust.releases(channel);
    if (releases.length > 0 && !withReleases) throw hasReleases(channel, releases);
    const preflight = preflightOf(trust, channel);
    trust.removeChannel(channel);
    return { did: 'removed', preflight, made: [] };
  }
  if (trust.channels().includes(channel)) {
    if (system.length > 0) throw systemsAreFixed(channel);
    const before = preflightOf(trust, channel);
    const preflight = asked ?? before;
    trust.setChannelPolicy(channel, { preflight });
    return { did: preflight === before ? 'unchanged' : 'changed', preflight, made: [] };
  }
  const preflight = asked ?? 'required';
  const made = await makeKeys();
  trust.addChannel(channel, {
    keys: made.map(({ signer }) => signer.key),
    threshold: 1,
    systems: system,
    policy: { preflight },
  });
  return { did: 'added', preflight, made };
}

function hasReleases(channel: string, releases: readonly TrustedRelease[]): AshlarError {
  const some = releases.slice(-3).map(({ name, version }) => `${name} ${version}`);
  return new AshlarError(
    'usage',
    `The channel ${channel} has ${releases.length} ${releases.length === 1 ? 'release' : 'releases'} (${some.join(', ')}${releases.length > some.length ? ', …' : ''}).`,
    {
      hint: 'Devices may follow it. When you are sure that none does, or that they may stay on what they have: --with-releases.',
    },
  );
}

function preflightOf(trust: TrustEditor, channel: string): PreflightRequirement {
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
