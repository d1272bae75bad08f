import { VERITY_BLOCK_BYTES } from '../../../formats/verity/layout.ts';
import type { Definition } from '../../../model/definition/definition.ts';
import type { Sha256 } from '../../../model/digest.ts';
import { AshlarError } from '../../../model/error.ts';

/** What the initrd must know to open the root; the rest of it is fixed. */
export interface BootedRoot {
  readonly rootHash: Sha256;
  /** Blocks of 4096 bytes of the root image. */
  readonly dataBlocks: number;
  /** Hexadecimal, not empty. */
  readonly salt: string;
}

/** `COMMAND_LINE_SIZE` of x86-64 and arm64, its terminator not counted: the kernel cuts off what is longer. */
const MAX_CHARACTERS = 2047;

/** How long a panic stays on the screen before the machine restarts, in seconds. */
const PANIC_SECONDS = 5;

/** Arguments that a definition may not set, by name or by the prefix before a dot, and why. */
const OWNED: readonly { readonly name: RegExp; readonly reason: string }[] = [
  {
    name: /^(root|roothash|rootflags|rootfstype|ro|rw|usrhash|dm-mod\.create)$/,
    reason: 'Ashlar says which root boots',
  },
  { name: /^systemd\.verity/, reason: 'Ashlar says how the root is checked' },
  { name: /^(init|rdinit|initrd|noinitrd)$/, reason: 'Ashlar says what runs first' },
  {
    name: /^(panic|gpt|lockdown|module\.sig_enforce)$/,
    reason: 'the promise that only what was signed runs rests on it',
  },
  {
    name: /^systemd\.(firstboot|import[-_]credentials|gpt_auto|volatile|machine_id|condition[-_]first[-_]boot)$/,
    reason: 'the initrd does this',
  },
];

/** Arguments by which a definition asks the kernel to speak up: then `quiet` is not added. */
const LOUD = new Set(['quiet', 'loglevel', 'debug', 'ignore_loglevel', 'earlyprintk', 'initcall_debug']);

/**
 * The kernel command line of a system, which is part of its boot image.
 *
 * - `roothash=` finds and checks the root (UAPI Discoverable Partitions Specification); `systemd.verity_root_options=` says the rest
 *   in the words of veritytab(5), so that the hash tree's superblock, which nothing covers, is never read.
 * - `gpt`: the kernel looks at the backup partition table when the primary one is damaged.
 * - `panic=`: a machine that cannot go on restarts, and the loader counts.
 * - `lockdown=integrity`: not even root changes the running kernel. It implies that modules are signed; Debian's are.
 * - `systemd.gpt_auto=no`: nothing is mounted because a partition on the disk has a certain type.
 * - `systemd.firstboot=off`: nobody sits there to be asked.
 * - `systemd.import_credentials=no`: credentials can bring units and drop-ins; the ESP, SMBIOS and the firmware's variables are not signed.
 * - `quiet`: every line on a serial port costs milliseconds. Panics and failed units are still shown.
 *
 * Throws `kernel-argument-conflict` when the definition sets one of these, or when the line is longer than the kernel takes.
 */
export function kernelCommandLine(
  { kernelArguments, console }: Pick<Definition, 'kernelArguments' | 'console'>,
  { rootHash, dataBlocks, salt }: BootedRoot,
): string {
  for (const argument of kernelArguments) checkArgument(argument);
  const loud = kernelArguments.some((argument) => LOUD.has(nameOf(argument)));
  const verity = [
    'panic-on-corruption',
    'superblock=no',
    'format=1',
    `data-block-size=${VERITY_BLOCK_BYTES}`,
    `hash-block-size=${VERITY_BLOCK_BYTES}`,
    `data-blocks=${dataBlocks}`,
    `hash-offset=${VERITY_BLOCK_BYTES}`,
    `salt=${salt}`,
    'hash=sha256',
  ];
  const line = [
    `roothash=${rootHash}`,
    `systemd.verity_root_options=${verity.join(',')}`,
    'gpt',
    `panic=${PANIC_SECONDS}`,
    'lockdown=integrity',
    'systemd.gpt_auto=no',
    'systemd.firstboot=off',
    'systemd.import_credentials=no',
    // The last one named is /dev/console; kernel messages go to both.
    ...(console.serial === undefined ? [] : ['console=tty0', `console=${console.serial}`]),
    ...(loud ? [] : ['quiet']),
    ...kernelArguments,
  ].join(' ');
  if (line.length > MAX_CHARACTERS) {
    throw new AshlarError(
      'kernel-argument-conflict',
      `The kernel command line has ${line.length} characters, and the kernel reads ${MAX_CHARACTERS}.`,
      { hint: 'Shorten kernelArguments in the definition; settings of modules can go into /etc/modprobe.d.' },
    );
  }
  return line;
}

function checkArgument(argument: string): void {
  const name = nameOf(argument);
  const owner = OWNED.find((owned) => owned.name.test(name));
  if (owner === undefined) return;
  throw new AshlarError(
    'kernel-argument-conflict',
    `The kernel argument ${JSON.stringify(argument)} is not the definition's to set: ${owner.reason}.`,
    { hint: 'Remove it from kernelArguments in the definition.' },
  );
}

function nameOf(argument: string): string {
  return argument.split('=', 1)[0]!;
}
