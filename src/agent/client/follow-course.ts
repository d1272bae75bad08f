import { AshlarError } from '../../model/error.ts';
import { type UpdateOutcome, updateLineSchema } from '../socket/agent-api.ts';
import type { ClientCall } from './client-verb.ts';
import { progressText } from './render-report.ts';

/** Follows what the agent does until it has come to something. Throws `agent-unreachable` when it falls silent before. */
export async function followCourse({ agent, tell }: ClientCall, route: string, body: object): Promise<UpdateOutcome> {
  for await (const document of agent.follow(route, body)) {
    const line = updateLineSchema.parse(document);
    if (line.kind === 'phase') tell(line.summary, 'line');
    if (line.kind === 'progress') tell(progressText(line), 'progress');
    if (line.kind === 'end') {
      const { kind: _, ...outcome } = line;
      return outcome;
    }
  }
  throw new AshlarError('agent-unreachable', 'The agent ended before the update had come to anything.', {
    hint: 'It goes on by itself when it is started again: `ashlar status` shows how far it is.',
  });
}
