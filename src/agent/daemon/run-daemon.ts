import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { summarise } from '../../engine/report/summarise.ts';
import { AshlarError } from '../../model/error.ts';
import { openDevice } from '../device/open-device.ts';
import type { WorkProgress } from '../device/work-progress.ts';
import type { DevicePaths } from '../device-paths.ts';
import { objectionOf } from '../effects/objection-of.ts';
import { createCollector } from '../memory/collector.ts';
import { serveAgent } from '../socket/agent-server.ts';
import { runOnDevice } from '../system/run-on-device.ts';
import { serviceManager } from '../system/service-manager.ts';
import { agentRoutes } from './agent-routes.ts';
import { type DeviceSession, startSession } from './device-session.ts';

/** What stood in the way when the agent started (a disk that cannot be read) may be gone later. */
const RETRY_MILLISECONDS = 60_000;
/** What is done for one event, but for work that goes on beside, takes seconds; programs that hang are given up after a minute and a half. */
const STUCK_MILLISECONDS = 15 * 60_000;
/** Files, sockets and folders of the agent are for root alone. */
const UMASK = 0o077;

/**
 * The agent: answers on its socket, looks after the device, and ends when it is told to. What keeps it from looking after the device is told to whoever asks, and
 * tried again. Throws `agent-running`.
 */
export async function runDaemon(paths: DevicePaths): Promise<void> {
  process.umask(UMASK);
  const manager = serviceManager(process.env, runOnDevice);
  let session: DeviceSession | undefined;
  let problem: unknown = new AshlarError('agent-unreachable', 'The agent is just starting.', {
    hint: 'Ask again in a moment.',
  });
  const server = await serveAgent(
    paths.socket,
    agentRoutes(() => {
      if (session === undefined) throw problem;
      return session;
    }),
  );
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  manager.keepAlive(() => {
    const since = session?.conductor.busySince;
    return since === undefined || performance.now() - since < STUCK_MILLISECONDS;
  });
  await manager.ready();
  while (session === undefined && !stop.signal.aborted) {
    try {
      session = await begin(paths);
      const { conductor } = session;
      manager.status(summarise(conductor.state));
      conductor.onEvent((_, state) => manager.status(summarise(state)));
    } catch (error) {
      problem = error;
      const { message } = objectionOf(error);
      process.stderr.write(`${message}\n`);
      manager.status(message);
      await pause(RETRY_MILLISECONDS, undefined, { signal: stop.signal }).catch(() => {});
    }
  }
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  manager.stopping();
  server.close();
  server.closeAllConnections();
  await session?.stop();
}

/** So much is read or written between two collections of what it left in memory. */
const COLLECT_BYTES = 4 << 20;
/** After the last event of something: what comes right behind it is not held up. */
const SETTLE_MILLISECONDS = 2000;

async function begin(paths: DevicePaths): Promise<DeviceSession> {
  const collector = createCollector();
  let progress: WorkProgress | undefined;
  let collectedAt = 0;
  const device = openDevice(paths, (now) => {
    progress = now;
    const done = now?.done ?? 0;
    if (Math.abs(done - collectedAt) < COLLECT_BYTES) return;
    collectedAt = done;
    collector.young();
  });
  const session = await startSession(device, () => progress);
  const settled = setTimeout(() => collector.all(), SETTLE_MILLISECONDS);
  session.conductor.onEvent(() => settled.refresh());
  return session;
}
