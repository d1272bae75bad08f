import * as z from 'zod';
import { openRepository } from '../store/transport/open-repository.ts';
import { readTrustFolder } from '../trust/keys/trust-folder.ts';
import { loadRepository } from '../trust/metadata/load-repository.ts';
import { type RoleReport, trustReport, trustReportSchema } from '../trust/metadata/trust-report.ts';
import { commandPassphrase } from './command-passphrase.ts';
import { requirementText } from './requirement-text.ts';
import type { Style } from './style.ts';
import { KEYS_OPTION } from './trust-options.ts';
import { defineVerb } from './verb.ts';
import { wholeNumber } from './whole-number.ts';

/** No signature is good for longer. */
const MAX_DAYS = 3650;
/** Enough of an id to tell keys apart, and to type. */
const ID_CHARACTERS = 8;

export default defineVerb({
  command: (command) =>
    command
      .argument('<directory>', 'the folder of `ashlar trust init`')
      .option(
        '--within <days>',
        'exit with 3 when something expires within so many days; else: within a quarter of its time',
      )
      .option(...KEYS_OPTION),
  examples: [
    { command: 'ashlar trust status keys', explains: 'who can sign what, and when it expires' },
    {
      command: 'ashlar trust status keys --within 30 || mail …',
      explains: 'for a timer: says no when something is to be done',
    },
  ],
  options: z.object({
    arguments: z.tuple([z.string()]),
    within: wholeNumber(0, MAX_DAYS).optional(),
    keys: z.array(z.string()).default([]),
  }),
  result: trustReportSchema,
  async run({ arguments: [directory], within, keys: keyFolders }, { signal }) {
    const now = new Date();
    // Nothing is signed, so nobody is asked.
    const folder = readTrustFolder(directory, commandPassphrase(undefined), keyFolders);
    const { repository, root, store, keys } = folder;
    const metadata = await loadRepository({ source: openRepository(repository), root, store, now, signal });
    const result = trustReport({ repository, metadata, keys, now, within });
    return { result, exitCode: result.roles.every(({ state }) => state === 'good') ? 0 : 3 };
  },
  text({ repository, roles, channels, floors, unusedKeys }, style) {
    const width = Math.max(...roles.map(({ role }) => role.length));
    return [
      style.bold(repository),
      ...roles.map((role) => roleLine(role, width, style)),
      ...channels.map(
        ({ channel, preflight, releases }) =>
          `${channel}: ${releases} ${releases === 1 ? 'release' : 'releases'}, ${requirementText(preflight)}`,
      ),
      ...Object.entries(floors).map(([system, version]) => `${system}: nothing below ${version} is installed`),
      ...unusedKeys.map((path) =>
        style.dim(
          `${path} is the key of no role: it can be deleted, unless a change that waits for signatures names it`,
        ),
      ),
    ].join('\n');
  },
});

function roleLine(role: RoleReport, width: number, { green, yellow, red, dim }: Style): string {
  const paint = { good: green, soon: yellow, expired: red, unsigned: red }[role.state];
  const when =
    role.state === 'unsigned'
      ? 'not signed by its keys: `ashlar trust refresh` finishes the rotation'
      : role.state === 'expired'
        ? `expired ${role.expires.slice(0, 10)}`
        : `${role.daysLeft} days, until ${role.expires.slice(0, 10)}`;
  const keys = role.keys.map(
    ({ id, label }) => `${id.slice(0, ID_CHARACTERS)}${label === undefined ? '' : ` ${label}`}`,
  );
  const here = role.canSign ? 'can be signed here' : 'cannot be signed here';
  return `  ${role.role.padEnd(width)}  ${String(role.version).padStart(4)}  ${paint(when)}  ${dim(`${role.threshold} of ${keys.join(', ')}; ${here}`)}`;
}
