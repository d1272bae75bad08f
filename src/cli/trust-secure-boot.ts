import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { createSecureBootKeys } from '../trust/secure-boot/create-secure-boot-keys.ts';
import { readEnrolment, secureBootFolder } from '../trust/secure-boot/read-enrolment.ts';
import { rotateSecureBootKey } from '../trust/secure-boot/rotate-secure-boot-key.ts';
import { SECURE_BOOT_FILES, SECURE_BOOT_FOLDER } from '../trust/secure-boot/secure-boot-folder.ts';
import { writeEnrolment } from '../trust/secure-boot/write-enrolment.ts';
import { commandPassphrase, PASSPHRASE_OPTION } from './command-passphrase.ts';
import { firmwareName } from './firmware-name.ts';
import { defineVerb } from './verb.ts';

const resultSchema = z.object({
  folder: z.string().describe('Where the keys of Secure Boot are'),
  did: z
    .enum(['created', 'rotated', 'renewed'])
    .describe('Made the keys; made a new key `db`; or made the files for the firmware anew, of what the folder holds'),
  allowed: z.number().int().describe('Certificates and images that may start (db)'),
  forbidden: z.number().int().describe('Certificates and images that may not (dbx)'),
});

type Did = z.output<typeof resultSchema>['did'];

const DID: Record<Did, string> = {
  created: 'made the keys PK, KEK and db, and what enrols them',
  rotated: 'made a new key db; what the old one signed still starts',
  renewed: 'made the files for the firmware anew',
};

const ADVICE =
  'Now copy PK.key and KEK.key to where they are safe, and take them off this machine; db.key signs releases.';

export default defineVerb({
  command: (command) =>
    command
      .argument('<directory>', 'the folder of `ashlar trust init`, or one for these keys alone')
      .option('--name <name>', 'whose keys they are, as firmware shows it', 'Ashlar')
      .option('--rotate', 'make a new key db, and go on trusting the old one')
      .option(...PASSPHRASE_OPTION),
  examples: [
    {
      command: 'ashlar trust secure-boot keys --name "Example Inc."',
      explains: 'make keys; or, when they are there, the files for the firmware anew',
    },
    { command: 'ashlar trust secure-boot keys --rotate', explains: 'sign with a new key from now on' },
  ],
  options: z.object({
    arguments: z.tuple([z.string()]),
    name: firmwareName,
    rotate: z.boolean().default(false),
    passphraseFile: z.string().optional(),
  }),
  result: resultSchema,
  async run({ arguments: [directory], name, rotate, passphraseFile }) {
    const given = secureBootFolder(directory);
    const exists = existsSync(join(given, SECURE_BOOT_FILES.owner));
    const folder = exists ? given : join(directory, SECURE_BOOT_FOLDER);
    const request = { folder, name, passphrase: commandPassphrase(passphraseFile), now: new Date() };
    const did: Did = !exists ? 'created' : rotate ? 'rotated' : 'renewed';
    await { created: createSecureBootKeys, rotated: rotateSecureBootKey, renewed: writeEnrolment }[did](request);
    const { allowed, forbidden } = readEnrolment(folder);
    return { result: { folder, did, allowed: allowed.length, forbidden: forbidden.length } };
  },
  text: ({ folder, did, allowed, forbidden }) =>
    `${folder}: ${DID[did]} (db: ${allowed}, dbx: ${forbidden})${did === 'created' ? `\n${ADVICE}` : ''}`,
});
