import type { DeviceState } from '../../engine/device-state.ts';
import { checkDelay } from '../../engine/schedule/check-delay.ts';
import { accepts } from '../../engine/transition/transition.ts';
import type { Device } from '../device/device.ts';

/** After the start of the agent: services of the system come first. */
const FIRST_SECONDS = 5;
/** Timers of Node reach no further than 24 days. */
const MAX_SECONDS = 20 * 86_400;
/** When something else goes on at the time of a check. */
const BUSY_SECONDS = 60;

export interface CheckSchedule {
  /** When the repository is asked next, milliseconds since 1970; undefined: never by itself. */
  readonly next: () => number | undefined;
  /** A check has ended: the next one is planned. */
  readonly checked: (retryAfterSeconds: number) => void;
  readonly stop: () => void;
}

/**
 * Calls `check` at the configured interval, with jitter and back-off. The first one comes soon after the start, but not of all devices at
 * once when the power comes back. Without a repository nothing is ever called.
 */
export function scheduleChecks(
  { config, random, now }: Pick<Device, 'config' | 'random' | 'now'>,
  state: () => DeviceState,
  check: () => void,
): CheckSchedule {
  /** By the clock of the timer: the device's own may be set meanwhile. */
  let due: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const plan = (wanted: number): void => {
    if (config.repositories.length === 0) return;
    clearTimeout(timer);
    const seconds = Math.min(wanted, MAX_SECONDS);
    due = performance.now() + seconds * 1000;
    timer = setTimeout(() => {
      if (isBusy(state())) return plan(BUSY_SECONDS);
      // Should the check never end, there is another one.
      plan(config.checkEverySeconds + config.jitterSeconds);
      check();
    }, seconds * 1000);
  };
  plan(FIRST_SECONDS + random() * Math.min(config.jitterSeconds, config.checkEverySeconds));
  return {
    next: () => (due === undefined ? undefined : now() + Math.max(0, due - performance.now())),
    checked: (retryAfter) => plan(checkDelay(config, state().checks.failures, random(), retryAfter)),
    stop: () => clearTimeout(timer),
  };
}

/** A boot entry that is being installed is not interrupted to ask for something else. */
function isBusy(state: DeviceState): boolean {
  const { phase } = state;
  return !accepts(state, 'check-started') || (phase.kind === 'staged' && phase.intent === 'arm');
}
