import * as z from 'zod';
import { promoteRelease } from '../build/publish/promote-release.ts';
import { publisherFrom, publisherOptions, skipReason, withPublisherOptions } from './publisher-options.ts';
import { defineVerb } from './verb.ts';

export default defineVerb({
  command: (command) =>
    withPublisherOptions(
      command
        .argument('<name>', 'the system')
        .argument('<version>', 'the release')
        .requiredOption('--from <channel>', 'the channel that has it')
        .requiredOption('--to <channel>', 'the channel that is to have it'),
    ).option('--skip-preflight <reason>', 'promote without a preflight that passed; the reason is signed'),
  examples: [
    {
      command: 'ashlar promote web 1.0.0 --from candidate --to stable --trust keys',
      explains: 'the same bytes for more devices: nothing is built, nothing sent',
    },
  ],
  options: z.object({
    ...publisherOptions,
    arguments: z.tuple([z.string(), z.string()]),
    from: z.string(),
    to: z.string(),
    skipPreflight: skipReason,
  }),
  result: z.strictObject({
    repository: z.string(),
    name: z.string(),
    version: z.string(),
    from: z.string(),
    to: z.string(),
    manifest: z.string().describe('SHA-256 of the manifest, the same in both channels'),
    added: z.boolean().describe('False when the channel had the release already'),
    changed: z.boolean().describe('False when nothing of the channel changed'),
  }),
  async run(options, call) {
    const { passphrase: _, ...publisher } = publisherFrom(options, call);
    const [name, version] = options.arguments;
    const { from, to, skipPreflight } = options;
    const promotion = await promoteRelease({ ...publisher, name, version, from, to, skipPreflight });
    const result = { repository: publisher.repository.describe(), ...promotion };
    return { result, exitCode: promotion.changed ? 0 : 4 };
  },
  text: ({ repository, name, version, to, added }, style) =>
    `${style.bold(`${name} ${version}`)} ${added ? 'is' : 'was already'} in ${to} of ${repository}`,
});
