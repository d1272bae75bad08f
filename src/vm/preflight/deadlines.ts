import type { TriedRelease } from './tried-release.ts';

/**
 * How long one start may take until the system says that it is up, in seconds. Emulated on a quiet host it takes twenty; on one with much other work 235 have been
 * seen. A release that does not start is noticed earlier: it panics or restarts.
 */
export const START_SECONDS = 900;

/** A command in the guest. */
export const COMMAND_SECONDS = 300;

/** From the order to restart to the restart: services stop, `/var` is unmounted. */
export const STOP_SECONDS = 300;

/** Reading, writing and reading back an image of some hundred MB, emulated, on a busy host. */
export const INSTALL_SECONDS = 3_600;

/** Units of a system that has no agent have failed by then, if they do. */
const SETTLING_SECONDS = 120;

/** From a start until the health of `release` has been judged, whatever the verdict. */
export function healthSeconds({ updates }: TriedRelease): number {
  return updates === undefined ? SETTLING_SECONDS : Math.ceil(updates.probation.deadlineSeconds) + START_SECONDS;
}
