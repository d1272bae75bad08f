import * as z from 'zod';
import { withdrawRelease } from '../build/publish/withdraw-release.ts';
import { publisherFrom, publisherOptions, withPublisherOptions } from './publisher-options.ts';
import { defineVerb } from './verb.ts';

export default defineVerb({
  command: (command) =>
    withPublisherOptions(
      command
        .argument('<name>', 'the system')
        .argument('<version>', 'the release')
        .requiredOption('--from <channel>', 'the channel that has it'),
    ),
  examples: [
    {
      command: 'ashlar withdraw web 1.0.1 --from stable --trust keys',
      explains: 'no further device installs it; its files stay until `ashlar repo gc`',
    },
  ],
  options: z.object({ ...publisherOptions, arguments: z.tuple([z.string(), z.string()]), from: z.string() }),
  result: z.strictObject({
    repository: z.string(),
    name: z.string(),
    version: z.string(),
    channel: z.string(),
    remaining: z.array(z.string()).describe('The versions of the system that the channel still has'),
    barrier: z.boolean().describe('It was a barrier: devices below it go past it from now on'),
  }),
  async run(options, call) {
    const { passphrase: _, ...publisher } = publisherFrom(options, call);
    const [name, version] = options.arguments;
    const { remaining, ...withdrawal } = await withdrawRelease({ ...publisher, name, version, channel: options.from });
    return {
      result: { repository: publisher.repository.describe(), ...withdrawal, remaining: [...remaining] },
    };
  },
  text: ({ repository, name, version, channel, remaining, barrier }, style) =>
    `${style.bold(`${name} ${version}`)} is no longer in ${channel} of ${repository}\n` +
    (remaining.length === 0
      ? `  it has no release of ${name} now: devices stay on what they have`
      : `  it has ${remaining.join(', ')}; devices that run ${version} stay on it`) +
    (barrier ? `\n  ${style.yellow('it was a barrier')}: devices below it go past it from now on` : ''),
});
