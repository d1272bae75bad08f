import type { RunOnDevice } from './run-on-device.ts';

/** What the agent tells the service manager that started it (sd_notify(3)). */
export interface ServiceManager {
  /** The agent is up: units that are ordered behind it start. */
  ready(): Promise<void>;
  /** One line that `systemctl status` shows. */
  status(text: string): void;
  /**
   * Begins to tell that the agent lives, as long as its event loop does and `isAlive` says so: twice in each time that the unit's `WatchdogSec=`
   * gives. An agent that falls silent is killed and started again.
   */
  keepAlive(isAlive: () => boolean): void;
  stopping(): void;
}

/**
 * Tells through `systemd-notify`: Node has no datagram sockets of the Unix kind. Run by root it speaks in the name of the process that
 * started it. Without `NOTIFY_SOCKET` in `env` nobody is told.
 */
export function serviceManager(env: NodeJS.ProcessEnv, run: RunOnDevice): ServiceManager {
  const socket = env['NOTIFY_SOCKET'];
  const send = async (...words: string[]): Promise<void> => {
    if (socket === undefined) return;
    // What cannot be told is no reason to stop: the watchdog, should it be that bad, decides.
    await run(['systemd-notify', `--pid=${process.pid}`, ...words], { env: { NOTIFY_SOCKET: socket } }).catch(() => {});
  };
  let lastStatus = '';
  return {
    ready: () => send('--ready'),
    status: (text) => {
      if (text === lastStatus) return;
      lastStatus = text;
      void send(`--status=${text}`);
    },
    keepAlive: (isAlive) => {
      const limit = Number(env['WATCHDOG_USEC']) / 1000;
      if (limit > 0) setInterval(() => void (isAlive() && send('WATCHDOG=1')), limit / 2).unref();
    },
    stopping: () => void send('--stopping'),
  };
}
