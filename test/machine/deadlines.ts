/**
 * How long tests wait, in seconds, before they take a guest for dead. An emulated system is up in twenty on a quiet machine; on one
 * with other work ten times that has been seen.
 */
export const BOOT_SECONDS = 300;
export const COMMAND_SECONDS = 120;
