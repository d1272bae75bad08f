import * as z from 'zod';
import { compareVersions } from '../formats/version-order.ts';
import { releaseVersionSchema, systemNameSchema } from '../model/repository.ts';
import { usingTrust } from '../trust/metadata/using-trust.ts';
import { commandPassphrase, PASSPHRASE_OPTION } from './command-passphrase.ts';
import { commitOrPrepare, preparedText } from './commit-or-prepare.ts';
import { KEYS_OPTION, PREPARE_OPTION, preparedSchema } from './trust-options.ts';
import { defineVerb } from './verb.ts';

const resultSchema = z.object({
  system: z.string(),
  floor: z.string().describe('The version below which nothing is installed'),
  before: z.string().optional(),
  prepared: preparedSchema,
});

export default defineVerb({
  command: (command) =>
    command
      .argument('<directory>', 'the folder of `ashlar trust init`')
      .argument('<system>', 'the name of the system')
      .argument('<version>', 'the oldest version that may still be installed')
      .option(...PREPARE_OPTION)
      .option(...KEYS_OPTION)
      .option(...PASSPHRASE_OPTION),
  examples: [
    { command: 'ashlar trust floor keys web-server 1.4.0', explains: 'nobody is led back to a hole that 1.4.0 closed' },
  ],
  options: z.object({
    arguments: z.tuple([z.string(), systemNameSchema, releaseVersionSchema]),
    prepare: z.string().optional(),
    keys: z.array(z.string()).default([]),
    passphraseFile: z.string().optional(),
  }),
  result: resultSchema,
  async run({ arguments: [directory, system, floor], prepare, keys, passphraseFile }, { signal }) {
    const passphrase = commandPassphrase(passphraseFile);
    const session = { directory, passphrase, keyFolders: keys, owner: 'ashlar trust floor', now: new Date(), signal };
    return usingTrust(session, async (trust) => {
      const { floors } = trust.policy();
      const before = Object.hasOwn(floors, system) ? floors[system] : undefined;
      trust.setFloor(system, floor);
      const { signed, prepared } = await commitOrPrepare(trust, prepare, `trust floor ${system} ${floor}`);
      const result = {
        system,
        floor,
        ...(before === undefined ? {} : { before }),
        ...(prepared === undefined ? {} : { prepared }),
      };
      return { result, exitCode: signed.length === 0 && prepared === undefined ? 4 : 0 };
    });
  },
  text: ({ system, floor, before, prepared }, { green, yellow, bold }) =>
    prepared === undefined
      ? `${green('✔')} ${bold(system)}: nothing below ${floor} is installed${before === undefined ? '' : ` (before: ${before})`}. The way back on a device itself stays open.${isLowered(floor, before) ? `\n  ${yellow('lowered')}: what ${before} closed can be installed again.` : ''}`
      : preparedText(prepared),
});

function isLowered(floor: string, before: string | undefined): boolean {
  return before !== undefined && compareVersions(floor, before) < 0;
}
