import { DEADLINE_PATH, HEALTHY_PATH } from '../../../../model/device-files.ts';
import { COUNTED_VARIABLE } from './health-units.ts';

/**
 * The deadline of a probation, held by systemd: a release whose agent does not come to a verdict goes back as well. It counts from the
 * start of the kernel, and depends on nothing, so that a start that hangs half way is ended too.
 */
export function deadlineTimer(seconds: number): string {
  return `[Unit]
Description=Deadline of a release on probation
DefaultDependencies=no
Conflicts=shutdown.target
Before=shutdown.target

[Timer]
OnBootSec=${Math.ceil(seconds)}s
AccuracySec=1s

[Install]
WantedBy=sysinit.target
`;
}

/** What fails or hangs here must not keep the machine from restarting either. */
export const DEADLINE_SERVICE = `[Unit]
Description=Go back from a release that nobody found healthy in time
DefaultDependencies=no
ConditionPathExists=!${HEALTHY_PATH}
Conflicts=shutdown.target
Before=shutdown.target
FailureAction=reboot-force

[Service]
Type=oneshot
ExecStart=/usr/lib/ashlar/deadline
TimeoutStartSec=1min
`;

/**
 * On probation: evidence for the agent of the release that comes up next, the entry marked bad, and a restart. Otherwise this is a
 * proven release that has been up as long as a probation may take: the initrd need not count its starts any longer.
 */
export const DEADLINE_SCRIPT = `#!/bin/sh
# Called when the deadline of a probation has passed and there is no verdict.
set -u
if [ ! -e '${COUNTED_VARIABLE}' ]; then
  /usr/lib/ashlar/boot-count
  exit 0
fi
echo '<2>ashlar: the deadline of the probation has passed without a verdict; going back' >/dev/kmsg
umask 077
read -r boot </proc/sys/kernel/random/boot_id
root=unknown
for word in $(cat /proc/cmdline); do
  case $word in roothash=*) root=\${word#*=} ;; esac
done
echo "$boot $root" >'${DEADLINE_PATH}.new' && sync '${DEADLINE_PATH}.new' && mv '${DEADLINE_PATH}.new' '${DEADLINE_PATH}'
/usr/lib/systemd/systemd-bless-boot bad
sync
exec systemctl reboot --force
`;
