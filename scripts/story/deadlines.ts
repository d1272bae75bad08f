/**
 * How long the story waits before it takes something for dead, in seconds. An emulated machine starts in twenty on a quiet host; on one with much other work 235
 * have been seen.
 */
export const START_SECONDS = 900;
/** Look, download, write, read back, restart, start. */
export const UPDATE_SECONDS = 3_600;
/** From a start to a verdict on it. */
export const PROBATION_SECONDS = 1_200;
