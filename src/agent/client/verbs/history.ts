import * as z from 'zod';
import { historyItemSchema } from '../../../model/device-report.ts';
import { ROUTES } from '../../socket/agent-api.ts';
import type { ClientVerb } from '../client-verb.ts';
import { historyLine } from '../render-report.ts';

const answer = z.object({ history: z.array(historyItemSchema) });

export const history: ClientVerb = {
  name: 'history',
  summary: 'what was installed, kept and undone, newest first',
  words: '',
  maxWords: 0,
  options: {},
  examples: [{ command: 'ashlar history', explains: 'all that the journal has' }],
  async run({ agent }) {
    const document = answer.parse(await agent.ask('GET', ROUTES.history));
    const text =
      document.history.length === 0
        ? 'Nothing has happened yet.\n'
        : `${document.history.map(historyLine).join('\n')}\n`;
    return { exit: 0, document, text };
  },
};
