import * as z from 'zod';
import { AshlarError } from '../model/error.ts';
import { type KeyFile, keyLabel, readKeyFile, usableSigners } from '../trust/keys/key-file.ts';
import { createRoleKeys, keyFolderOf } from '../trust/keys/trust-folder.ts';
import { authorityOf } from '../trust/metadata/repository-metadata.ts';
import { usingNewKeys } from '../trust/metadata/using-new-keys.ts';
import { usingTrust } from '../trust/metadata/using-trust.ts';
import { commandPassphrase, PASSPHRASE_OPTION } from './command-passphrase.ts';
import { commitOrPrepare, preparedText } from './commit-or-prepare.ts';
import { noSuchRole } from './no-such-role.ts';
import { KEYS_OPTION, PREPARE_OPTION, preparedSchema } from './trust-options.ts';
import { defineVerb } from './verb.ts';
import { wholeNumber } from './whole-number.ts';

const resultSchema = z.object({
  role: z.string(),
  removed: z.array(z.string()).describe('Ids of the keys that may no longer sign'),
  added: z.array(z.string()).describe('Ids of the keys that may sign now'),
  files: z.array(z.string()).describe('Key files that were made'),
  threshold: z.int().describe('How many keys must sign'),
  signed: z.array(z.string()).describe('Roles whose metadata was signed anew'),
  prepared: preparedSchema,
});

/** As many keys as a role may have. */
const MAX_KEYS = 64;
/** Ids are typed by their beginning: this much cannot be shared by accident. */
const MIN_ID_CHARACTERS = 8;

export default defineVerb({
  command: (command) =>
    command
      .argument('<directory>', 'the folder of `ashlar trust init`')
      .argument('<role>', 'root, targets, snapshot, timestamp or a channel')
      .option('--key <keys...>', 'replace only these, named by label (stable-1) or the beginning of their id')
      .option('--add', 'add a key and take none away')
      .option('--remove', 'take the keys away (--key) and add none')
      .option('--with <files...>', 'the new keys: .key.json files of somebody else, or of a token; else keys are made')
      .option('--threshold <number>', 'how many of the keys must sign from now on')
      .option(...PREPARE_OPTION)
      .option(...KEYS_OPTION)
      .option(...PASSPHRASE_OPTION),
  examples: [
    {
      command: 'ashlar trust rotate keys timestamp',
      explains: 'a new key for the timestamp; the old one signs no more',
    },
    {
      command: 'ashlar trust rotate keys root --keys /media/safe/offline',
      explains: 'new root keys, the old ones from a stick',
    },
    { command: 'ashlar trust rotate keys stable --key stable-1', explains: 'this one was stolen' },
    {
      command: 'ashlar trust rotate keys root --add --with hsm.key.json --threshold 2',
      explains: 'a key in a token signs as well',
    },
  ],
  options: z
    .object({
      arguments: z.tuple([z.string(), z.string()]),
      key: z.array(z.string()).optional(),
      add: z.boolean().default(false),
      remove: z.boolean().default(false),
      with: z.array(z.string()).default([]),
      threshold: wholeNumber(1, MAX_KEYS).optional(),
      prepare: z.string().optional(),
      keys: z.array(z.string()).default([]),
      passphraseFile: z.string().optional(),
    })
    .refine(({ add, remove }) => !(add && remove), { path: ['add'], message: 'cannot be given together with --remove' })
    .refine(({ add, key }) => !(add && key !== undefined), {
      path: ['add'],
      message: 'takes no key away, so not --key',
    })
    .refine(({ remove, key }) => !remove || key !== undefined, { path: ['remove'], message: 'needs --key' })
    .refine(({ remove, with: files }) => !remove || files.length === 0, {
      path: ['remove'],
      message: 'adds no key, so not --with',
    }),
  result: resultSchema,
  async run({ arguments: [directory, role], key: asked, add, remove, with: files, threshold, ...options }, { signal }) {
    const passphrase = commandPassphrase(options.passphraseFile);
    const now = new Date();
    const session = { directory, passphrase, keyFolders: options.keys, owner: 'ashlar trust rotate', now, signal };
    return usingTrust(session, async (trust, folder) => {
      const { root, targets } = trust.current();
      const present = authorityOf({ root: root.signed, targets: targets.signed }, role).role.keyids;
      if (present.length === 0) throw noSuchRole(role, trust.channels());
      const removed = add
        ? []
        : asked === undefined
          ? present
          : asked.map((name) => findKey(name, present, folder.keys));
      const given = files.map((file) => readKeyFile(file, passphrase));
      const count = remove || given.length > 0 ? 0 : add ? 1 : removed.length;
      const made = await createRoleKeys(keyFolderOf(directory, role), role, count, passphrase);
      const added = [...given, ...made];
      trust.addSigners(usableSigners(given));
      const { signed, prepared } = await usingNewKeys(trust, made, () => {
        trust.changeKeys(role, { add: added.map(({ signer }) => signer.key), remove: removed, threshold });
        return commitOrPrepare(trust, options.prepare, `trust rotate ${role}`);
      });
      const after = trust.current();
      const authority = authorityOf({ root: after.root.signed, targets: after.targets.signed }, role);
      return {
        result: {
          role,
          removed,
          added: added.map(({ id }) => id),
          files: made.map(({ path }) => path),
          threshold: prepared === undefined ? authority.role.threshold : (threshold ?? authority.role.threshold),
          signed: [...signed],
          ...(prepared === undefined ? {} : { prepared }),
        },
      };
    });
  },
  text: ({ role, removed, added, files, threshold, signed, prepared }, { green, yellow, bold }) =>
    [
      `${prepared === undefined ? green('✔') : yellow('prepared:')} ${bold(role)}: ${added.length} new, ${removed.length} taken away; ${threshold} must sign. Signed anew: ${signed.join(', ') || 'nothing'}.`,
      ...files.map((file) => `  ${file}`),
      ...(files.length > 0 && (role === 'root' || role === 'targets')
        ? ['  Copy the new keys to where the old ones are kept safe.']
        : []),
      ...(prepared === undefined ? [] : [preparedText(prepared)]),
    ].join('\n'),
});

/** The id of the key that `name` means among `present`. Throws `usage`. */
function findKey(name: string, present: readonly string[], keys: readonly KeyFile[]): string {
  const labelled = keys.filter((key) => keyLabel(key) === name).map(({ id }) => id);
  const matching = present.filter(
    (id) => labelled.includes(id) || (name.length >= MIN_ID_CHARACTERS && id.startsWith(name)),
  );
  if (matching.length === 1) return matching[0]!;
  throw new AshlarError('usage', `'${name}' is none of the role's keys.`, {
    hint: `They are: ${present.map((id) => id.slice(0, MIN_ID_CHARACTERS)).join(', ')}. \`ashlar trust status\` shows them with their labels.`,
  });
}
