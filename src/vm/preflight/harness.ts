import { BUILT_IN_ROOT_PATH, UPDATE_CONFIG_PATH, type UpdateConfig } from '../../model/update-config.ts';
import type { VarFile } from './var-files.ts';

/** Where the harness lies in /var of a machine that is tried; no release has anything there. */
const FOLDER = 'lib/ashlar-preflight';
/** Where the private repository is mounted in the guest. */
const REPOSITORY = '/run/ashlar-preflight';
/** The shell's serial port: the kernel and the firmware leave it alone. */
const SHELL_PORT = 'ttyS1';

/** Prepares the machine early in its start; what it could not do makes a trial meaningless. */
export const SETUP_UNIT_NAME = 'preflight-setup.service';

/** How a check of the release on probation is made to fail; see {@link sabotageFiles}. */
export interface Sabotage {
  /** Only this version is sabotaged. */
  readonly version: string;
  /** Drop-ins by unit: what is written into them. */
  readonly dropIns: Readonly<Record<string, string>>;
}

/** What the harness asks of a release. */
export interface HarnessedRelease {
  readonly manifest: { readonly version: string };
  readonly updates: UpdateConfig | undefined;
}

/**
 * systemd reads units from here first, when the kernel's command line says so: an argument with `=` and without a dot becomes part of the environment of
 * the first program (kernel, Documentation/admin-guide/kernel-parameters), and `SYSTEMD_UNIT_PATH` is where systemd looks (systemd(1)); the colon at
 * its end keeps the usual places.
 */
export const HARNESS_KERNEL_ARGUMENT = `SYSTEMD_UNIT_PATH=/var/${FOLDER}/units:`;

/**
 * What lets a release be tried that has no login, no console and a repository out there: files in the /var of its virtual machine. The image stays as it
 * is, bit for bit. They give a root shell on a serial port of its own, and lay the private repository, its root of trust and a configuration that
 * restarts at once over the release's own. Without {@link HARNESS_KERNEL_ARGUMENT}, which only the machine's firmware (its host) can add, they are dead files.
 *
 * @param root the root of trust of the private repository; undefined when nothing is to be updated to.
 */
export function harnessOf(releases: readonly HarnessedRelease[], root: Buffer | undefined): VarFile[] {
  return [
    file(`units/${SETUP_UNIT_NAME}`, SETUP_UNIT),
    file('units/preflight-shell.service', SHELL_UNIT),
    file('units/sysinit.target.d/50-preflight.conf', `[Unit]\nWants=${SETUP_UNIT_NAME}\n`),
    file('units/multi-user.target.d/50-preflight.conf', '[Unit]\nWants=preflight-shell.service\n'),
    file('setup', SETUP_SCRIPT),
    ...(root === undefined ? [] : [file('root.json', root)]),
    ...releases.flatMap(({ manifest, updates }) =>
      updates === undefined ? [] : [file(`${manifest.version}/update.json`, overridden(updates))],
    ),
  ];
}

/** Further files, by which a health check of one version fails from its next start on. */
export function sabotageFiles({ version, dropIns }: Sabotage): VarFile[] {
  return Object.entries(dropIns).map(([unit, text]) => file(`${version}/drop-ins/${unit}.d/90-preflight.conf`, text));
}

function file(path: string, content: string | Buffer): VarFile {
  return { path: `${FOLDER}/${path}`, content };
}

/** The release's own configuration, but for where releases come from and when the machine may restart. */
function overridden(config: UpdateConfig): string {
  return JSON.stringify({
    ...config,
    repositories: [`${REPOSITORY}/repository`],
    windows: [],
    waitForLoginsSeconds: 0,
    bandwidthBytesPerSecond: undefined,
  } satisfies UpdateConfig);
}

const SETUP_UNIT = `[Unit]
Description=Prepare this machine for a trial of its release
DefaultDependencies=no
Before=sysinit.target ashlar-agent.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh /var/${FOLDER}/setup
StandardOutput=journal+console
StandardError=journal+console
`;

/** As debug-shell.service of systemd, but on another port and in the order of all others. */
const SHELL_UNIT = `[Unit]
Description=A shell for who tries this release
After=preflight-setup.service

[Service]
Environment=TERM=dumb HOME=/root PS1=#\\x20
WorkingDirectory=/
ExecStart=/bin/sh
Restart=always
RestartSec=0
StandardInput=tty-force
StandardOutput=tty
StandardError=tty
TTYPath=/dev/${SHELL_PORT}
TTYReset=yes
TTYVHangup=yes
KillMode=process
KillSignal=SIGHUP
`;

const SETUP_SCRIPT = `set -eu
. /usr/lib/os-release
here=/var/${FOLDER}
its=$here/$IMAGE_VERSION
if [ -e /dev/vdb ]; then
  mkdir -p ${REPOSITORY}
  mount -t erofs -o ro,nosuid,nodev /dev/vdb ${REPOSITORY}
fi
if [ -e "$here/root.json" ] && [ -e "$its/update.json" ]; then
  mount --bind "$its/update.json" ${UPDATE_CONFIG_PATH}
  mount --bind "$here/root.json" ${BUILT_IN_ROOT_PATH}
fi
if [ -d "$its/drop-ins" ]; then
  mkdir -p /run/systemd/system
  cp -r "$its/drop-ins/." /run/systemd/system/
  systemctl daemon-reload
fi
`;
