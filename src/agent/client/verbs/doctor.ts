import { doctorReportSchema, type Examination, ROUTES } from '../../socket/agent-api.ts';
import type { ClientVerb } from '../client-verb.ts';
import { paint } from '../paint.ts';

export const doctor: ClientVerb = {
  name: 'doctor',
  summary: 'looks at every precondition of an update, now',
  words: '',
  maxWords: 0,
  options: {},
  examples: [{ command: 'ashlar doctor', explains: 'ends with 3 when something stands in the way' }],
  async run({ agent }) {
    const document = doctorReportSchema.parse(await agent.ask('GET', ROUTES.doctor));
    return {
      exit: document.healthy ? 0 : 3,
      document,
      text: `${document.examinations.map(examinationText).join('\n')}\n`,
    };
  },
};

const MARKS = { good: paint('green', '✔'), bad: paint('red', '✖'), unknown: paint('dim', '·') };

function examinationText({ name, about, verdict, message, hint }: Examination): string {
  const lines = [`${MARKS[verdict]} ${name.padEnd(16)}${message}`];
  if (verdict === 'bad') lines.push(paint('dim', `    should be: ${about}`));
  if (hint !== undefined) lines.push(paint('cyan', `    → ${hint}`));
  return lines.join('\n');
}
