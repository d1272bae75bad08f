/**
 * Files by which the units of an image and the agent in it understand each other. The units are written at build time
 * (`src/build/assemble/system/updates/`); the agent of the same image reads and writes what they do.
 */

/**
 * Holds the boot id of the last start that ended in good order (`systemctl reboot`, `poweroff`): written by
 * `ashlar-shutdown.service` as it stops. A boot id that is not in it ended by a power cut, a reset or a panic.
 */
export const CLEAN_SHUTDOWN_PATH = '/var/lib/ashlar/clean-shutdown';

/**
 * Written by `ashlar-deadline.service` before it restarts a machine whose release on probation nobody has judged in time: one line,
 * `<boot id> <root hash>`. The agent reads it at the next start and removes it.
 */
export const DEADLINE_PATH = '/var/lib/ashlar/deadline-passed';

/**
 * The agent's verdict: it makes this file when the health checks of the running release have held, and then starts
 * `boot-complete.target` (with `systemd-bless-boot.service` when the entry is counted). `ashlar-health.service`, which that target
 * requires, refuses without it: so nothing but the verdict blesses a start, and the deadline has nothing left to do.
 */
export const HEALTHY_PATH = '/run/ashlar/healthy';

/** What the unit that blesses a start is called (systemd-bless-boot.service(8)); started by the agent after its verdict. */
export const BLESS_UNIT = 'systemd-bless-boot.service';
