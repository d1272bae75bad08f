import { deviceReportSchema } from '../../../model/device-report.ts';
import { ROUTES } from '../../socket/agent-api.ts';
import type { ClientVerb } from '../client-verb.ts';

export const pin: ClientVerb = {
  name: 'pin',
  summary: 'stays on what runs, or goes no further than a version',
  words: '[version]',
  maxWords: 1,
  options: { reason: { type: 'string', help: 'why, for the history' } },
  examples: [
    { command: 'ashlar pin', explains: 'stay on what runs' },
    { command: 'ashlar pin 2.1', explains: 'update up to 2.1 and no further' },
  ],
  async run({ agent, words, options }) {
    const body = { version: words[0], reason: options['reason'] };
    const document = deviceReportSchema.parse(await agent.ask('POST', ROUTES.pin, body));
    return { exit: 0, document, text: `Pinned to ${document.pin?.version}; next: ${document.next}.\n` };
  },
};

export const unpin: ClientVerb = {
  name: 'unpin',
  summary: 'follows the channel again',
  words: '',
  maxWords: 0,
  options: {},
  examples: [{ command: 'ashlar unpin', explains: 'the next check goes by the channel again' }],
  async run({ agent }) {
    const document = deviceReportSchema.parse(await agent.ask('POST', ROUTES.unpin, {}));
    return { exit: 0, document, text: `Follows its channel again; next: ${document.next}.\n` };
  },
};
