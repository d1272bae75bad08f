import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { type PreflightResult, readPreflightResult } from '../build/publish/preflight-gate.ts';
import { type PublishedRelease, publishReleases } from '../build/publish/publish-releases.ts';
import { formatBytes } from '../model/format-bytes.ts';
import { trialsLeftOut } from '../model/preflight-requirement.ts';
import type { Passphrase } from '../trust/keys/passphrase.ts';
import { readSecureBootSigner } from '../trust/secure-boot/read-secure-boot-signer.ts';
import { SECURE_BOOT_FILES, SECURE_BOOT_FOLDER } from '../trust/secure-boot/secure-boot-folder.ts';
import type { SecureBootSigner } from '../trust/secure-boot/secure-boot-signer.ts';
import { publisherFrom, publisherOptions, skipReason, withPublisherOptions } from './publisher-options.ts';
import { type Call, defineVerb } from './verb.ts';

const bytes = z.int().min(0);

const result = z.strictObject({
  repository: z.string(),
  channel: z.string(),
  dryRun: z.boolean().describe('True when nothing was sent'),
  releases: z.array(
    z.strictObject({
      name: z.string(),
      version: z.string(),
      manifest: z.string().describe('SHA-256 of the manifest, as it was published'),
      rootHash: z.string(),
      added: z.boolean().describe('False when the channel had the release already'),
      changed: z.boolean().describe('False when what the channel says of the release is what it said before'),
      sentBytes: bytes,
      sentFiles: bytes,
      keptBytes: bytes.describe('Of files that the repository had already'),
      keptFiles: bytes,
      packBytes: bytes.describe('Of what was sent: blocks of the root image'),
    }),
  ),
});

export default defineVerb({
  command: (command) =>
    withPublisherOptions(
      command
        .argument('<releases...>', 'release directories')
        .requiredOption('--channel <name>', 'the channel that is to have them'),
    )
      .option('--barrier', 'devices install these releases before any later one')
      .option('--skip-preflight <reason>', 'publish without a preflight that passed; the reason is signed')
      .option('--dry-run', 'say what would be sent, and send nothing'),
  examples: [
    {
      command: 'ashlar publish out/web/1.0.0 --channel candidate --trust keys',
      explains: 'checks, signs and sends it; devices of the channel see it when all is there',
    },
    {
      command: 'ashlar publish out/web/1.0.1 --channel candidate --trust keys --dry-run',
      explains: 'how many bytes would be sent',
    },
  ],
  options: z.object({
    ...publisherOptions,
    arguments: z.tuple([z.array(z.string()).min(1)]),
    channel: z.string(),
    barrier: z.boolean().default(false),
    skipPreflight: skipReason,
    dryRun: z.boolean().default(false),
  }),
  result,
  async run(options, call) {
    const { passphrase, ...publisher } = publisherFrom(options, call);
    const { channel, barrier, skipPreflight, dryRun } = options;
    const [directories] = options.arguments;
    const preflights = directories.map(readPreflightResult);
    for (const [index, preflight] of preflights.entries()) tellLeftOut(directories[index]!, preflight, call);
    const releases = await publishReleases({
      ...publisher,
      channel,
      barrier,
      skipPreflight,
      dryRun,
      secureBoot: secureBootSigner(options.trust, passphrase),
      releases: directories.map((directory, index) => ({ directory, preflight: preflights[index]! })),
    });
    const repository = publisher.repository.describe();
    const nothingNew = releases.every(({ changed, sentFiles }) => !changed && sentFiles === 0);
    return { result: { repository, channel, dryRun, releases }, exitCode: nothingNew ? 4 : 0 };
  },
  text: ({ repository, channel, dryRun, releases }, style) =>
    releases
      .map((release) => {
        const name = style.bold(`${release.name} ${release.version}`);
        return `${name} ${verdict(release, dryRun)} ${channel} of ${repository}\n  ${amounts(release, dryRun)}`;
      })
      .join('\n'),
});

/** With the keys of `trust init`, when there are any: a system whose firmware enforces nothing boots what is signed as well. */
function secureBootSigner(trust: string, passphrase: Passphrase): SecureBootSigner | undefined {
  const folder = join(trust, SECURE_BOOT_FOLDER);
  const hasKey = existsSync(join(folder, SECURE_BOOT_FILES.privateKey('db')));
  return hasKey ? readSecureBootSigner(folder, 'db', passphrase) : undefined;
}

/** A preflight may pass with one trial: who publishes by it is told what nobody has tried. */
function tellLeftOut(directory: string, preflight: PreflightResult, { progress }: Call): void {
  if (preflight.kind === 'none' || preflight.report === undefined) return;
  const left = trialsLeftOut(preflight.report);
  if (left.length > 0) progress.note(`The preflight of ${directory} left out: ${left.join(', ')}.`);
}

function verdict({ added, changed }: PublishedRelease, dryRun: boolean): string {
  if (dryRun) return added ? 'would go into' : changed ? 'would be said something else of in' : 'is already in';
  return added ? 'is in' : changed ? 'was already in, and is said something else of now in' : 'was already in';
}

function amounts({ sentBytes, sentFiles, keptBytes, packBytes }: PublishedRelease, dryRun: boolean): string {
  const files = sentFiles === 1 ? 'file' : 'files';
  const sent = `${formatBytes(sentBytes)} in ${sentFiles} ${files} ${dryRun ? 'would be sent' : 'sent'}`;
  return `${sent} (${formatBytes(packBytes)} of it blocks of the image), ${formatBytes(keptBytes)} there already`;
}
