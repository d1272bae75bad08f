import type { UpdateSettings } from '../../../../model/definition/definition.ts';
import type { UpdateConfig } from '../../../../model/update-config.ts';

const MILLISECONDS = 1000;

/** What the agent reads of the definition's `updates`. `timeZone` is the system's, for windows that name none. */
export function updateConfigOf(updates: UpdateSettings, timeZone: string): UpdateConfig {
  const { probation, bandwidth } = updates;
  return {
    format: 'ashlar-update/1',
    repositories: updates.repository,
    channel: updates.channel,
    checkEverySeconds: updates.checkEvery / MILLISECONDS,
    jitterSeconds: updates.jitter / MILLISECONDS,
    tries: updates.tries,
    probation: {
      graceSeconds: probation.grace / MILLISECONDS,
      durationSeconds: probation.duration / MILLISECONDS,
      deadlineSeconds: probation.deadline / MILLISECONDS,
    },
    ...(bandwidth === undefined ? {} : { bandwidthBytesPerSecond: bandwidth }),
    windows: updates.windows.map((window) => ({
      days: window.days,
      start: window.start,
      lengthSeconds: window.length / MILLISECONDS,
      timeZone: window.timeZone ?? timeZone,
    })),
    waitForLoginsSeconds: updates.waitForLogins === false ? 0 : updates.waitForLogins / MILLISECONDS,
  };
}
