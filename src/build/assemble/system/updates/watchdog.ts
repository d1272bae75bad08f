/**
 * A machine that hangs is restarted by its hardware: PID 1 tells the watchdog that it lives (systemd-system.conf(5)). A minute is
 * several times what a loaded, emulated machine has ever kept PID 1 from running, and a hang is noticed long before a probation ends.
 * The initrd starts the watchdog before that, when this file is in the root (init.sh).
 */
export const WATCHDOG_CONFIG_PATH = '/usr/lib/systemd/system.conf.d/50-ashlar-watchdog.conf';

export const WATCHDOG_CONFIG = `[Manager]
RuntimeWatchdogSec=1min
RebootWatchdogSec=5min
`;

/**
 * Drivers of watchdogs that most machines have. No alias loads them: Debian's kernels keep them from being loaded by udev, as two could
 * claim the same hardware. Those that the kernel lacks, or whose hardware is not there, do nothing.
 */
export const WATCHDOG_MODULES = ['i6300esb', 'iTCO_wdt', 'sp5100_tco', 'wdat_wdt', 'sbsa_gwdt'] as const;
