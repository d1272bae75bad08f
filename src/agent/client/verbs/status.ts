import { deviceReportSchema } from '../../../model/device-report.ts';
import { ROUTES } from '../../socket/agent-api.ts';
import type { ClientVerb } from '../client-verb.ts';
import { renderReport } from '../render-report.ts';

export const status: ClientVerb = {
  name: 'status',
  summary: 'what runs, what is staged, what is next and why',
  words: '',
  maxWords: 0,
  options: {},
  examples: [{ command: 'ashlar status --json', explains: 'the same for a program' }],
  async run({ agent }) {
    const report = deviceReportSchema.parse(await agent.ask('GET', ROUTES.status));
    return { exit: report.verified.root ? 0 : 3, document: report, text: renderReport(report) };
  },
};
