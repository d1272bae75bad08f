import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { pathError, usingPath } from '../build/using-path.ts';
import type { Progress } from '../model/progress.ts';
import { channelNameSchema, systemNameSchema } from '../model/repository.ts';
import { makeDirectory } from '../store/make-directory.ts';
import { openRepositoryForWriting } from '../store/transport/open-repository.ts';
import type { RepositoryWriter } from '../store/transport/repository-writer.ts';
import { loadBuiltInRoot } from '../trust/client/update-root.ts';
import {
  createRoleKeys,
  createTrustFolder,
  keyFolderOf,
  recordRepository,
  TRUST_FOLDER,
  writeRoot,
} from '../trust/keys/trust-folder.ts';
import { DEFAULT_EXPIRY_DAYS } from '../trust/metadata/expiry.ts';
import {
  checkNoTrust,
  hasTrust,
  type InitTrustOptions,
  initTrust,
  type RoleSigners,
} from '../trust/metadata/init-trust.ts';
import { createSecureBootKeys } from '../trust/secure-boot/create-secure-boot-keys.ts';
import { SECURE_BOOT_FOLDER } from '../trust/secure-boot/secure-boot-folder.ts';
import { commandPassphrase, PASSPHRASE_OPTION } from './command-passphrase.ts';
import { EXPIRY_OPTION, expiryOption } from './expiry-option.ts';
import { firmwareName } from './firmware-name.ts';
import { trustReadme } from './trust-readme.ts';
import { defineVerb } from './verb.ts';

/** `2/3`: two of three keys must sign. */
const quorum = z
  .string()
  .regex(/^[1-9]\d?\/[1-9]\d?$/, 'must be like 2/3: how many must sign, of how many keys')
  .transform((text) => {
    const [threshold = 1, keys = 1] = text.split('/').map(Number);
    return { threshold, keys };
  })
  .refine(({ threshold, keys }) => threshold <= keys, 'asks for more signatures than there are keys');

type Quorum = z.output<typeof quorum>;
const ONE: Quorum = { threshold: 1, keys: 1 };

const resultSchema = z.object({
  directory: z.string().describe('The folder of the keys'),
  repository: z.string().describe('Where the first metadata was written'),
  root: z.string().describe('What definitions name as updates.trust'),
  channels: z.array(z.string()),
  secureBoot: z.string().optional().describe('The folder of the keys of Secure Boot'),
});

export default defineVerb({
  command: (command) =>
    command
      .argument('<directory>', 'the folder for the keys; made by this command')
      .option('--repository <directory>', 'the repository; made when it is not there', 'repository')
      .option('--channel <names...>', 'the channels that releases are published to', ['candidate', 'stable'])
      .option('--without-preflight <channels...>', 'channels whose releases need not have passed preflight', [])
      .option('--boot-only <channels...>', 'channels for which the trial `boot` of preflight is enough', [])
      .option('--system <names...>', 'the only systems that the channels may have releases of', [])
      .option('--root <signatures/keys>', 'how many of how many keys sign for root', '1/2')
      .option('--targets <signatures/keys>', 'how many of how many keys sign for channels and floors', '1/1')
      .option(...EXPIRY_OPTION)
      .option(
        '--replaces <root.json>',
        'the root whose keys are all lost: devices take the new one from an image alone',
      )
      .option('--no-secure-boot', 'make no keys of Secure Boot')
      .option('--name <name>', 'whose keys of Secure Boot they are, as firmware shows it', 'Ashlar')
      .option(...PASSPHRASE_OPTION),
  examples: [
    { command: 'ashlar trust init keys', explains: 'keys in keys/, an empty repository in repository/' },
    {
      command: 'ashlar trust init keys --repository /srv/os --root 2/3',
      explains: 'two of three people sign for root',
    },
    {
      command: 'ashlar trust init keys --channel stable --without-preflight stable',
      explains: 'one channel, no questions',
    },
  ],
  options: z
    .object({
      arguments: z.tuple([z.string()]),
      repository: z.string(),
      channel: z
        .array(channelNameSchema)
        .min(1)
        .refine((names) => new Set(names).size === names.length, 'names a channel twice'),
      withoutPreflight: z.array(channelNameSchema),
      bootOnly: z.array(channelNameSchema),
      system: z.array(systemNameSchema),
      root: quorum,
      targets: quorum,
      expiry: expiryOption,
      replaces: z.string().optional(),
      secureBoot: z.boolean(),
      name: firmwareName,
      passphraseFile: z.string().optional(),
    })
    .refine(({ channel, withoutPreflight }) => withoutPreflight.every((name) => channel.includes(name)), {
      path: ['withoutPreflight'],
      message: 'names a channel that is not made',
    })
    .refine(({ channel, bootOnly }) => bootOnly.every((name) => channel.includes(name)), {
      path: ['bootOnly'],
      message: 'names a channel that is not made',
    })
    .refine(({ withoutPreflight, bootOnly }) => !bootOnly.some((name) => withoutPreflight.includes(name)), {
      path: ['bootOnly'],
      message: 'names a channel of --without-preflight',
    }),
  result: resultSchema,
  async run({ arguments: [directory], repository, ...options }, { progress }) {
    const now = new Date();
    usingPath(repository, () => makeDirectory(repository));
    const writer = openRepositoryForWriting(repository);
    const lease = await writer.lock('ashlar trust init');
    try {
      await checkNoTrust(writer);
      const replaces = options.replaces === undefined ? 0 : versionOf(options.replaces);
      const expiryDays = { ...DEFAULT_EXPIRY_DAYS, ...options.expiry };
      await makingFolder(directory, writer, async () => {
        const keys = await makeKeys(directory, options, now, progress);
        recordRepository(directory, repository);
        writeRoot(directory, await initTrust({ ...keys, writer, lease, expiryDays, replaces, now }));
      });
    } finally {
      await lease.release();
    }
    return {
      result: {
        directory,
        repository,
        root: join(directory, TRUST_FOLDER.root),
        channels: options.channel,
        ...(options.secureBoot ? { secureBoot: join(directory, SECURE_BOOT_FOLDER) } : {}),
      },
    };
  },
  text: ({ directory, repository, root, channels }, { green, bold }) =>
    [
      `${green('✔')} Made the keys in ${bold(directory)} and the first metadata of ${bold(repository)} (${channels.join(', ')}).`,
      `  Definitions name ${root} as updates.trust.`,
      `  Copy ${join(directory, TRUST_FOLDER.offline)} to two safe places and take it off this machine; ${join(directory, TRUST_FOLDER.readme)} says what is what.`,
    ].join('\n'),
});

type Keys = Pick<InitTrustOptions, 'roles' | 'channels'>;

interface KeyOptions {
  readonly channel: readonly string[];
  readonly withoutPreflight: readonly string[];
  readonly bootOnly: readonly string[];
  readonly system: readonly string[];
  readonly root: Quorum;
  readonly targets: Quorum;
  readonly secureBoot: boolean;
  readonly name: string;
  readonly passphraseFile?: string | undefined;
}

/**
 * Runs `work`, which makes the folder and begins the repository. When it fails before the repository has a root, nobody has been told of the keys: they
 * are removed, and the next attempt finds no folder in its way. Once there is a root, its keys are kept whatever happens.
 */
async function makingFolder(directory: string, writer: RepositoryWriter, work: () => Promise<void>): Promise<void> {
  const isNew = !existsSync(directory);
  usingPath(directory, () => createTrustFolder(directory, trustReadme()));
  try {
    await work();
  } catch (error) {
    if (await hasTrust(writer)) throw error;
    for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true, force: true });
    if (isNew) rmSync(directory, { recursive: true, force: true });
    throw pathError(directory, error);
  }
}

/** Makes all keys, in the folder that is there for them. */
async function makeKeys(directory: string, options: KeyOptions, now: Date, progress: Progress): Promise<Keys> {
  const { channel, withoutPreflight, bootOnly, system, secureBoot, name, passphraseFile } = options;
  const passphrase = commandPassphrase(passphraseFile);
  const step = progress.begin('Making keys', { total: 4 + channel.length, unit: 'items' });
  const keysFor = async (role: string, { threshold, keys }: Quorum): Promise<RoleSigners> => {
    step.status(role);
    const made = await createRoleKeys(keyFolderOf(directory, role), role, keys, passphrase);
    step.advance(1);
    return { signers: made.map(({ signer }) => signer), threshold };
  };
  const roles = {
    root: await keysFor('root', options.root),
    targets: await keysFor('targets', options.targets),
    snapshot: await keysFor('snapshot', ONE),
    timestamp: await keysFor('timestamp', ONE),
  };
  const channels: [string, Keys['channels'][string]][] = [];
  for (const each of channel) {
    const preflight = withoutPreflight.includes(each) ? 'not-required' : bootOnly.includes(each) ? 'boot' : 'required';
    channels.push([each, { ...(await keysFor(each, ONE)), systems: system, policy: { preflight } }]);
  }
  if (secureBoot) {
    step.status('Secure Boot');
    await createSecureBootKeys({ folder: join(directory, SECURE_BOOT_FOLDER), name, passphrase, now });
  }
  step.end();
  return { roles, channels: Object.fromEntries(channels) };
}

function versionOf(rootFile: string): number {
  return loadBuiltInRoot(usingPath(rootFile, () => readFileSync(rootFile))).signed.version;
}
