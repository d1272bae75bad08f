import { HEALTHY_PATH } from '../../../../model/device-files.ts';

/** Set by the loader when the entry that it starts is counted: the release is on probation (Boot Loader Interface). */
export const COUNTED_VARIABLE = '/sys/firmware/efi/efivars/LoaderBootCountPath-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';

/**
 * The verdict as a unit. boot-complete.target requires it, and systemd-bless-boot.service requires that target: without the file that
 * the agent makes when all health checks have held, nothing takes the counter off the boot entry.
 */
export const HEALTH_SERVICE = `[Unit]
Description=Health of the running release
DefaultDependencies=no
AssertPathExists=${HEALTHY_PATH}
Conflicts=shutdown.target
Before=boot-complete.target shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/lib/ashlar/boot-count

[Install]
RequiredBy=boot-complete.target
`;

/**
 * systemd's own unit of this name has a generator that starts it at every counted boot, as soon as boot-complete.target is reached.
 * Here it is started by the agent alone; the rest is as in systemd (systemd-bless-boot.service(8)).
 */
export const BLESS_SERVICE = `[Unit]
Description=Take the counter off the boot entry of the running release
Documentation=man:systemd-bless-boot.service(8)
DefaultDependencies=no
ConditionPathExists=${COUNTED_VARIABLE}
Requires=boot-complete.target
After=local-fs.target boot-complete.target
Conflicts=shutdown.target
Before=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/lib/systemd/systemd-bless-boot good
`;
