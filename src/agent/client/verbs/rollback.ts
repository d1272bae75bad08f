import { ROUTES } from '../../socket/agent-api.ts';
import type { ClientVerb } from '../client-verb.ts';
import { followCourse } from '../follow-course.ts';
import { outcomeText } from './update.ts';

export const rollback: ClientVerb = {
  name: 'rollback',
  summary: 'goes back to the generation before, which one restart and no network take',
  words: '',
  maxWords: 0,
  options: {
    to: { type: 'string', help: 'the version that is meant; nothing happens when the way back is another' },
    reason: { type: 'string', help: 'why, for the history' },
  },
  examples: [
    { command: 'ashlar rollback --reason "login is slow"', explains: 'what ran is not installed again by itself' },
  ],
  async run(call) {
    const { to, reason } = call.options;
    const outcome = await followCourse(call, ROUTES.rollback, { to, reason });
    return { exit: outcome.outcome === 'failed' ? 1 : 0, document: outcome, text: outcomeText(outcome) };
  },
};
