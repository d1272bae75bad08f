import { historyOf } from '../../engine/report/history.ts';
import { AshlarError } from '../../model/error.ts';
import { examineDevice } from '../doctor/examine-device.ts';
import { readJournal } from '../journal/journal-file.ts';
import { pinRequestSchema, ROUTES, rollbackRequestSchema, updateRequestSchema } from '../socket/agent-api.ts';
import type { Routes } from '../socket/agent-server.ts';
import type { DeviceSession } from './device-session.ts';
import { rollbackCourse, updateCourse } from './update-course.ts';

/**
 * What the agent answers.
 *
 * @param session what it looks after. Throws, with the reason, while there is none.
 */
export function agentRoutes(session: () => DeviceSession): Routes {
  return {
    [`GET ${ROUTES.status}`]: async () => ({ document: await session().report() }),
    [`GET ${ROUTES.history}`]: () => ({
      document: { history: historyOf(readJournal(session().device.paths.journal).entries).reverse() },
    }),
    [`GET ${ROUTES.doctor}`]: async (_, signal) => ({ document: await examineDevice(session(), signal) }),
    [`POST ${ROUTES.update}`]: (body, signal) => ({
      lines: updateCourse(session(), updateRequestSchema.parse(body), signal),
    }),
    [`POST ${ROUTES.rollback}`]: (body, signal) => {
      const { to, reason } = rollbackRequestSchema.parse(body);
      assertWayBack(session(), to);
      return { lines: rollbackCourse(session(), reason, signal) };
    },
    [`POST ${ROUTES.pin}`]: async (body) => {
      const { version, reason } = pinRequestSchema.parse(body);
      const { conductor } = session();
      await conductor.send({ kind: 'pinned', version: version ?? conductor.state.running.version, reason });
      return { document: await session().report() };
    },
    [`POST ${ROUTES.unpin}`]: async () => {
      await session().conductor.send({ kind: 'unpinned' });
      return { document: await session().report() };
    },
  };
}

/** A device has one way back; naming it makes sure that it is the one that is meant. Throws `no-way-back`. */
function assertWayBack({ conductor }: DeviceSession, to: string | undefined): void {
  const { phase, proven, wayBack } = conductor.state;
  const there = phase.kind === 'probation' || phase.kind === 'blessing' ? proven.version : wayBack?.version;
  if (to === undefined || to === there) return;
  throw new AshlarError('no-way-back', `This device cannot go back to ${to}.`, {
    hint: there === undefined ? 'No slot holds another generation that works.' : `It can go back to ${there}.`,
  });
}
