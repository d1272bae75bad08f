/** How far a boot has come, in the order in which it happens. */
export const BOOT_STAGES = ['firmware', 'loader', 'kernel', 'initrd', 'userspace', 'ready'] as const;

export type BootStage = (typeof BOOT_STAGES)[number];

/** What a system says of itself once it is up (`/usr/lib/ashlar/status`), from its kernel's own view. */
export interface GuestStatus {
  readonly name: string;
  readonly version: string;
  /** The root is under dm-verity. */
  readonly verified: boolean;
  readonly readOnly: boolean;
  /** Secure Boot checked loader and boot image. */
  readonly bootChainEnforced: boolean;
}

/** Something that a line of the serial console tells about the boot. */
export type GuestSign =
  | { readonly kind: 'stage'; readonly stage: Exclude<BootStage, 'ready'> }
  | { readonly kind: 'ready'; readonly status: GuestStatus }
  /** The kernel stopped, and why. */
  | { readonly kind: 'panic'; readonly reason: string }
  /** The boot image gave up, and why; it restarts the machine. */
  | { readonly kind: 'boot-failed'; readonly reason: string }
  /** The loader has given the firmware the keys of Secure Boot, and is about to restart the machine. */
  | { readonly kind: 'keys-enrolled' }
  /** The kernel is about to restart the machine because it was told to. */
  | { readonly kind: 'restarting' };

/** A message of the kernel's console may begin with its time: `[    1.234567] `. */
const KERNEL_TIME = /^(?:\[ *\d+\.\d+\] )?/.source;

/** Who says it: the firmware's boot manager; the kernel (init/main.c, kernel/reboot.c); systemd; Ashlar's boot image and status. */
const STAGE_SIGNS: readonly (readonly [RegExp, Exclude<BootStage, 'ready'>])[] = [
  [/^BdsDxe: starting Boot/, 'loader'],
  [/^EFI stub: /, 'kernel'],
  [new RegExp(`${KERNEL_TIME}Linux version \\d`), 'kernel'],
  [new RegExp(`${KERNEL_TIME}(?:Run /init as init process|ashlar: )`), 'initrd'],
  [
    new RegExp(`${KERNEL_TIME}systemd\\[1\\]: (?:systemd \\S+ running|Detected architecture|Hostname set)`),
    'userspace',
  ],
  [/^Welcome to .*!$/, 'userspace'],
];

const PANIC = /Kernel panic - not syncing: (.*)/;
const BOOT_FAILED = new RegExp(`${KERNEL_TIME}ashlar: cannot boot: (.*?)(?:\\. Restarting\\.)?$`);
const RESTARTING = new RegExp(`${KERNEL_TIME}reboot: Restarting system`);
/** systemd-boot (src/boot/secure-boot.c); the screen that it clears before may stand in the same line. */
const KEYS_ENROLLED = /Custom Secure Boot keys successfully enrolled/;
const STATUS = /(?:^|\s)ashlar-status: (.+)$/;

/** Reads what `line` tells, if anything. Guests are not trusted: a line may say anything, and says nothing that matters for the host. */
export function readGuestSign(line: string): GuestSign | undefined {
  const panic = PANIC.exec(line);
  if (panic !== null) return { kind: 'panic', reason: panic[1]! };
  const failed = BOOT_FAILED.exec(line);
  if (failed !== null) return { kind: 'boot-failed', reason: failed[1]! };
  if (RESTARTING.test(line)) return { kind: 'restarting' };
  if (KEYS_ENROLLED.test(line)) return { kind: 'keys-enrolled' };
  const status = STATUS.exec(line);
  if (status !== null) return readStatus(status[1]!);
  const stage = STAGE_SIGNS.find(([pattern]) => pattern.test(line))?.[1];
  return stage === undefined ? undefined : { kind: 'stage', stage };
}

/** The words `key=value` of a status line; undefined when it does not say what it must. */
function readStatus(text: string): GuestSign | undefined {
  const words = new Map(text.trim().split(' ').map(keyAndValue));
  const name = words.get('image');
  const version = words.get('version');
  if (name === undefined || version === undefined || !words.has('verified')) return undefined;
  return {
    kind: 'ready',
    status: {
      name,
      version,
      verified: words.get('verified') === 'yes',
      readOnly: words.get('read-only') === 'yes',
      bootChainEnforced: words.get('boot-chain') === 'enforced',
    },
  };
}

function keyAndValue(word: string): [string, string] {
  const at = word.indexOf('=');
  return at === -1 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
}
