/** Where the agent lies in the image. */
export const NODE_PATH = '/usr/lib/ashlar/node';
export const AGENT_PATH = '/usr/lib/ashlar/agent.mjs';

/**
 * Options of Node that keep it small: its heap collects earlier (64 MB is several times what the agent holds; it streams images), and V8's optimising
 * compilers stay out of memory. The work is done by OpenSSL and the kernel: writing an image took as much processor time without them.
 */
const NODE_OPTIONS = '--max-old-space-size=64 --max-semi-space-size=1 --no-opt --no-maglev';

/**
 * For the C library (mallopt(3)): what has 64 KiB or more always gets pages of its own, which go back to the system when it is freed. By itself it raises
 * that bound to the largest piece that was ever freed, and keeps pieces of a MiB in a heap full of holes.
 */
const MALLOC_TUNABLES = 'glibc.malloc.mmap_threshold=65536:glibc.malloc.arena_max=1';

/** `ashlar` on the device: the agent's client. */
export const CLIENT_SCRIPT = `#!/bin/sh
exec ${NODE_PATH} ${NODE_OPTIONS} ${AGENT_PATH} client "$@"
`;

/**
 * The agent's service. It writes partitions, the ESP and EFI variables, asks systemd and restarts the machine, so that it runs as root;
 * what it need not do it cannot:
 *
 * - files: all is read-only but its own state, `/run/ashlar`, the ESP and the EFI variables; no homes, a /tmp of its own;
 * - devices: block devices only. Which of them is the slot's is not known when the image is made;
 * - capabilities: CAP_LINUX_IMMUTABLE for EFI variables, CAP_DAC_OVERRIDE for files of other owners that a health check looks at. No
 *   CAP_SYS_ADMIN: it mounts nothing, and reads disks past the page cache instead of flushing it;
 * - no new privileges, no kernel settings, modules, clock, namespaces, cgroups; system calls of ordinary services only. Node's
 *   compiler needs memory that is written and then run, so MemoryDenyWriteExecute= cannot be.
 *
 * It is restarted for ever: what updates a machine must not give up. A start limit or a crash loop of the agent on probation is ended
 * by ashlar-deadline.timer. Its weight is low: it is never in the way of what the machine is for.
 */
export const AGENT_SERVICE = `[Unit]
Description=Ashlar agent: installs releases, tries them, goes back
Documentation=man:ashlar(8)
After=basic.target systemd-networkd.service
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=all
Environment=GLIBC_TUNABLES=${MALLOC_TUNABLES}
ExecStart=${NODE_PATH} ${NODE_OPTIONS} ${AGENT_PATH} daemon
Restart=always
RestartSec=5s
TimeoutStartSec=5min
TimeoutStopSec=30s
WatchdogSec=5min
OOMPolicy=kill
OOMScoreAdjust=-250
CPUWeight=20
IOWeight=20
MemoryMax=256M
TasksMax=64
UMask=0077

StateDirectory=ashlar
StateDirectoryMode=0700
ProtectSystem=strict
ReadWritePaths=/run/ashlar -/efi -/sys/firmware/efi/efivars -/var/lib/systemd/pstore -/sys/fs/pstore
ProtectHome=yes
PrivateTmp=yes
DevicePolicy=closed
DeviceAllow=block-blkext rw
DeviceAllow=block-sd rw
DeviceAllow=block-virtblk rw
DeviceAllow=block-mmc rw
DeviceAllow=block-xvd rw
DeviceAllow=block-device-mapper r

CapabilityBoundingSet=CAP_LINUX_IMMUTABLE CAP_DAC_OVERRIDE
NoNewPrivileges=yes
LockPersonality=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
`;
