import type { Definition } from '../../model/definition/definition.ts';

/** A package that is in every system, and why. */
export interface BasePackage {
  readonly name: string;
  readonly reason: string;
  /** When it is needed; always, without it. */
  readonly when?: (definition: LockedPart) => boolean;
}

/** What a lock depends on of a definition. */
export type LockedPart = Pick<Definition, 'architecture' | 'base' | 'kernel' | 'packages' | 'exclude' | 'console'> & {
  /** Only whether there are updates. */
  readonly updates?: object | undefined;
};

/** A system that updates itself has the agent. */
const hasUpdates = ({ updates }: LockedPart): boolean => updates !== undefined;

/** systemd ships repart in its main package up to Debian 12. */
const REPART_IN_SYSTEMD = new Set(['bullseye', 'bookworm']);

/**
 * What every system has besides the distribution's essential packages and what the definition asks for: only what the system
 * cannot boot, update or be reached without.
 */
export const BASE_PACKAGES: readonly BasePackage[] = [
  { name: 'dbus', reason: 'systemctl, hostnamectl and the like talk over it; it starts when something does' },
  { name: 'dmsetup', reason: 'the initrd opens the verified root with it' },
  { name: 'e2fsprogs', reason: 'the initrd makes, checks and grows /var with it' },
  { name: 'init', reason: 'the distribution protects it: it says that there is a PID 1' },
  { name: 'kmod', reason: 'the initrd and udev load kernel modules with it' },
  { name: 'libatomic1', reason: 'Node, which runs the agent, needs it', when: hasUpdates },
  { name: 'libstdc++6', reason: 'Node, which runs the agent, needs it', when: hasUpdates },
  { name: 'login', reason: 'agetty starts it', when: ({ console: { login } }) => login !== 'none' },
  { name: 'systemd', reason: 'PID 1, the journal, the network, sysusers and tmpfiles' },
  {
    name: 'systemd-repart',
    reason: 'the initrd makes and grows the partition of /var with it',
    when: ({ base: { suite } }) => !REPART_IN_SYSTEMD.has(suite),
  },
  { name: 'systemd-sysv', reason: 'brings /sbin/init, reboot and poweroff' },
  { name: 'udev', reason: 'names devices and loads their drivers' },
];

/** Packages that give single files to the boot image or the root, and are not installed. */
export const BOOT_PACKAGES: readonly BasePackage[] = [
  { name: 'busybox-static', reason: "the initrd's shell and tools" },
  { name: 'systemd-boot', reason: 'its systemd-bless-boot takes the counter off a boot entry', when: hasUpdates },
  { name: 'systemd-boot-efi', reason: 'the boot loader, and the stub that makes the kernel an EFI program' },
];
