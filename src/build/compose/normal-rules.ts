import { parseControl } from '../package/control-stanza.ts';
import { INITRAMFS_STAND_IN } from '../resolve/initramfs-stand-in.ts';

/**
 * What differs between two installations of the same packages, or belongs to the machine that made them, and what is done about
 * it. Paths are patterns: `*` is any name or part of one, `**` any number of directories. Changing a rule changes every tree:
 * count up `COMPOSE_RULES_VERSION`.
 */
export type NormalRule =
  | { readonly remove: string; readonly reason: string }
  /** Files go, directories stay, as what runs expects them with their owners and modes. */
  | { readonly removeFilesBelow: string; readonly reason: string }
  /** Everything in the directory goes; it stays. */
  | { readonly emptyDirectory: string; readonly reason: string }
  | { readonly rewrite: string; readonly by: (text: string) => string; readonly reason: string };

export const NORMAL_RULES: readonly NormalRule[] = [
  ...['dev', 'proc', 'run', 'sys', 'tmp', 'var/tmp'].map((path) => ({
    emptyDirectory: path,
    reason: 'the running system mounts its own there, or starts with it empty',
  })),
  { removeFilesBelow: 'var/log', reason: 'logs of the installation, with its date and hour' },
  {
    removeFilesBelow: 'var/cache',
    reason: 'can be made again; debconf, ldconfig and apt write theirs in no fixed order',
  },
  { removeFilesBelow: 'var/backups', reason: 'copies of what is there' },
  { removeFilesBelow: 'var/lib/apt', reason: "the installation's own indexes, with a path of the build machine" },
  { remove: 'etc/apt/sources.list', reason: 'names a path of the build machine' },
  { removeFilesBelow: 'etc/apt/sources.list.d', reason: 'names a path of the build machine' },
  { remove: 'etc/apt/apt.conf.d/*mmdebstrap', reason: 'settings of the installation' },
  { remove: 'etc/dpkg/dpkg.cfg.d/*mmdebstrap', reason: 'settings of the installation' },
  { remove: 'etc/hostname', reason: 'the build machine’s' },
  { remove: 'etc/resolv.conf', reason: 'the build machine’s' },
  { remove: 'etc/mailname', reason: 'the build machine’s name' },
  { remove: 'var/lib/dbus/machine-id', reason: 'every machine has its own' },
  { remove: 'var/lib/systemd/random-seed', reason: 'every machine has its own' },
  { remove: 'var/lib/systemd/credential.secret', reason: 'every machine has its own' },
  { remove: 'etc/ssh/ssh_host_*', reason: 'every machine has its own keys' },
  { remove: 'etc/ssl/private/ssl-cert-snakeoil.key', reason: 'a private key must not be shared' },
  { remove: 'etc/ssl/certs/ssl-cert-snakeoil.pem', reason: 'belongs to a private key that is not shared' },
  { remove: 'etc/passwd-', reason: 'a copy from before the last change' },
  { remove: 'etc/group-', reason: 'a copy from before the last change' },
  { remove: 'etc/shadow-', reason: 'a copy from before the last change' },
  { remove: 'etc/gshadow-', reason: 'a copy from before the last change' },
  { remove: 'etc/subuid-', reason: 'a copy from before the last change' },
  { remove: 'etc/subgid-', reason: 'a copy from before the last change' },
  { remove: 'etc/.pwd.lock', reason: 'a lock file' },
  { remove: 'var/lib/dpkg/*-old', reason: 'a copy from before the last change' },
  { remove: 'var/lib/dpkg/lock*', reason: 'a lock file' },
  { remove: 'var/lib/dpkg/triggers/Lock', reason: 'a lock file' },
  { remove: 'var/lib/dpkg/available', reason: 'the installation’s list of packages' },
  { remove: `var/lib/dpkg/info/${INITRAMFS_STAND_IN.name}.*`, reason: 'it only stood in' },
  { rewrite: 'var/lib/dpkg/status', by: withoutStandIn, reason: 'it only stood in' },
  { remove: '**/__pycache__', reason: 'Python writes its objects in no fixed order' },
  { rewrite: 'etc/shadow', by: withoutChangeDay, reason: 'the day of the last change of each password' },
  { remove: 'initrd.img', reason: 'Ashlar makes its own initrd; the link leads nowhere' },
  { remove: 'initrd.img.old', reason: 'Ashlar makes its own initrd; the link leads nowhere' },
  { remove: 'vmlinuz.old', reason: 'there is one kernel' },
];

/** dpkg's status file without the stanza of the stand-in. */
export function withoutStandIn(status: string): string {
  return status
    .split(/\n\n+/)
    .filter((stanza) => stanza.trim() !== '' && parseControl(stanza)[0]?.get('package') !== INITRAMFS_STAND_IN.name)
    .map((stanza) => `${stanza.replace(/\n$/, '')}\n`)
    .join('\n');
}

/** shadow(5) with the third field empty: no ageing of passwords. */
export function withoutChangeDay(shadow: string): string {
  return shadow
    .split('\n')
    .map((line) => line.replace(/^([^:]*:[^:]*):\d*:/, '$1::'))
    .join('\n');
}
