import * as z from 'zod';
import { usableSigners } from '../trust/keys/key-file.ts';
import { expiryClass, expiryDays, isDue } from '../trust/metadata/expiry.ts';
import { authorityOf, roleFiles } from '../trust/metadata/repository-metadata.ts';
import { missingSignatures } from '../trust/metadata/sign-metadata.ts';
import { usingTrust } from '../trust/metadata/using-trust.ts';
import { commandPassphrase, PASSPHRASE_OPTION } from './command-passphrase.ts';
import { commitOrPrepare, preparedText } from './commit-or-prepare.ts';
import { EXPIRY_OPTION, expiryOption } from './expiry-option.ts';
import { noSuchRole } from './no-such-role.ts';
import { KEYS_OPTION, PREPARE_OPTION, preparedSchema } from './trust-options.ts';
import { defineVerb } from './verb.ts';

const resultSchema = z.object({
  signed: z.array(z.string()).describe('Roles whose metadata was signed anew'),
  versions: z.record(z.string(), z.int()).describe('By role, what is published now'),
  prepared: preparedSchema,
});

/** Roles whose keys are where publishing is: they are looked after without being named. */
const ONLINE_ROLES = ['snapshot', 'timestamp'];

export default defineVerb({
  command: (command) =>
    command
      .argument('<directory>', 'the folder of `ashlar trust init`')
      .argument('[roles...]', 'roles to sign in any case; without, those that are due and whose keys are at hand')
      .option(...EXPIRY_OPTION)
      .option(...PREPARE_OPTION)
      .option(...KEYS_OPTION)
      .option(...PASSPHRASE_OPTION),
  examples: [
    { command: 'ashlar trust refresh keys', explains: 'for a timer: signs what has less than half of its time left' },
    { command: 'ashlar trust refresh keys root targets --keys /media/safe/offline', explains: 'once a year' },
    {
      command: 'ashlar trust refresh keys timestamp --expiry timestamp=14 --keys /media/safe/offline',
      explains: 'two weeks instead of one; root says so, so its keys are needed',
    },
  ],
  options: z.object({
    arguments: z.tuple([z.string(), z.array(z.string()).default([])]),
    expiry: expiryOption,
    prepare: z.string().optional(),
    keys: z.array(z.string()).default([]),
    passphraseFile: z.string().optional(),
  }),
  result: resultSchema,
  async run({ arguments: [directory, asked], expiry, prepare, keys, passphraseFile }, { signal }) {
    const passphrase = commandPassphrase(passphraseFile);
    const now = new Date();
    const session = { directory, passphrase, keyFolders: keys, owner: 'ashlar trust refresh', now, signal };
    return usingTrust(session, async (trust, folder) => {
      const metadata = trust.current();
      const { root, targets } = metadata;
      const unknown = asked.find((role) => !roleFiles(metadata).has(role));
      if (unknown !== undefined) throw noSuchRole(unknown, trust.channels());
      if (Object.keys(expiry).length > 0) trust.setExpiryDays(expiry);
      const days = { ...expiryDays(root.signed), ...expiry };
      const signers = usableSigners(folder.keys);
      for (const [role, { signed }] of roleFiles(metadata)) {
        const authority = authorityOf({ root: root.signed, targets: targets.signed }, role);
        const isAtHand = ONLINE_ROLES.includes(role) || missingSignatures(authority, signers) === 0;
        const isWanted = isAtHand && isDue(signed.expires, days[expiryClass(role)], now);
        if (asked.length === 0 ? isWanted : asked.includes(role)) trust.renew(role);
      }
      const about = ['trust refresh', ...asked].join(' ');
      const { signed, prepared } = await commitOrPrepare(trust, prepare, about);
      const versions = Object.fromEntries(
        [...roleFiles(trust.current())].map(([role, file]) => [role, file.signed.version]),
      );
      const result = { signed: [...signed], versions, ...(prepared === undefined ? {} : { prepared }) };
      return { result, exitCode: signed.length === 0 && prepared === undefined ? 4 : 0 };
    });
  },
  text: ({ signed, prepared }, { green, dim }) =>
    prepared !== undefined
      ? preparedText(prepared)
      : signed.length === 0
        ? dim('Nothing is due.')
        : `${green('✔')} Signed anew: ${signed.join(', ')}.`,
});
