import { CLEAN_SHUTDOWN_PATH } from '../../../../model/device-files.ts';

/**
 * Says that a start ended in good order. Units stop in the opposite order of their start, and nearly all start after sysinit.target: it
 * is among the last to stop, and before /var is unmounted. What ends otherwise (power cut, reset, panic, `reboot --force`) does
 * not stop units.
 */
export const SHUTDOWN_SERVICE = `[Unit]
Description=Remember that this start ended in good order
DefaultDependencies=no
RequiresMountsFor=/var/lib/ashlar
After=local-fs.target
Before=sysinit.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecStop=/usr/lib/ashlar/clean-shutdown

[Install]
WantedBy=sysinit.target
`;

/** A machine that is restarted by hand a few times in a row does not rot: the initrd's count of starts goes as well. */
export const SHUTDOWN_SCRIPT = `#!/bin/sh
# Called while the system goes down in good order.
set -eu
umask 077
cat /proc/sys/kernel/random/boot_id >'${CLEAN_SHUTDOWN_PATH}.new'
sync '${CLEAN_SHUTDOWN_PATH}.new'
mv '${CLEAN_SHUTDOWN_PATH}.new' '${CLEAN_SHUTDOWN_PATH}'
exec /usr/lib/ashlar/boot-count
`;
