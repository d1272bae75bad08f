import type { DiskFormat } from './disk-format.ts';
import type { Emulator } from './emulator.ts';
import type { Accelerator, MachineNetwork } from './machine-options.ts';

/** A machine with every choice made: what {@link qemuArguments} turns into words for QEMU. */
export interface MachinePlan {
  readonly emulator: Emulator;
  readonly accelerator: Accelerator;
  readonly memory: number;
  readonly processors: number;
  /** This machine's own variable store. */
  readonly firmwareVariables: string;
  readonly disks: readonly PlannedDisk[];
  readonly network: MachineNetwork;
  readonly onReset: 'continue' | 'exit';
  readonly watchdog: boolean;
  readonly firmwareStrings: readonly string[];
  readonly secondSerial: boolean;
}

export interface PlannedDisk {
  readonly file: string;
  readonly format: DiskFormat;
  readonly cache: 'unsafe' | 'writeback' | 'none';
  /** The Unix socket of the NBD server that serves the file; undefined when QEMU opens it itself. */
  readonly server?: string;
}

/** File descriptors of the emulator that are connected to us. */
export const CONTROL_DESCRIPTOR = 3;
export const SERIAL_DESCRIPTOR = 4;
export const SECOND_SERIAL_DESCRIPTOR = 5;

/**
 * The processor by accelerator. Under emulation QEMU 7.2's `cmpxchg16b` lets 6.12 kernels die with a double fault in `__kmalloc`,
 * so the processor has none; Nehalem is x86-64-v2, which Debian's packages may ask for. One of Intel's would have the kernel change page tables at each system
 * call (PTI, against Meltdown), which empties the emulated TLB: a start takes a quarter less of the host's processor with AMD's name on it (38 s against 51 s).
 */
const PROCESSOR: Record<Emulator['architecture'], Record<Accelerator, string>> = {
  amd64: { kvm: 'host', tcg: 'Nehalem,-cx16,vendor=AuthenticAMD' },
  arm64: { kvm: 'host', tcg: 'max,pauth-impdef=on' },
};

/** The machine, and whether its firmware needs system management mode. */
const MACHINE: Record<Emulator['architecture'], (secureBoot: boolean) => string> = {
  amd64: (secureBoot) => `q35,smm=${secureBoot ? 'on' : 'off'},vmport=off`,
  arm64: () => 'virt',
};

/** Only system management mode may write the firmware's variables: what enforces Secure Boot is out of the guest's reach. */
const PROTECTED_VARIABLES = ['-global', 'driver=cfi.pflash01,property=secure,value=on'] as const;

/**
 * QEMU's arguments for `plan`: UEFI firmware, disks, a serial port and QMP on inherited descriptors, nothing else that a user's
 * configuration or QEMU's defaults would add. The machine starts stopped, so that no event is missed.
 */
export function qemuArguments(plan: MachinePlan): string[] {
  const { emulator } = plan;
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-S'],
    ...['-machine', MACHINE[emulator.architecture](emulator.secureBoot)],
    ...(emulator.secureBoot && emulator.architecture === 'amd64' ? PROTECTED_VARIABLES : []),
    ...['-accel', plan.accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi'],
    ...['-cpu', PROCESSOR[emulator.architecture][plan.accelerator]],
    ...['-smp', String(plan.processors), '-m', `${plan.memory}M`],
    ...['-rtc', 'base=utc'],
    ...['-chardev', `socket,id=control,fd=${CONTROL_DESCRIPTOR}`, '-mon', 'chardev=control,mode=control'],
    ...['-chardev', `socket,id=serial,fd=${SERIAL_DESCRIPTOR}`, '-serial', 'chardev:serial'],
    ...(plan.secondSerial
      ? ['-chardev', `socket,id=serial1,fd=${SECOND_SERIAL_DESCRIPTOR}`, '-serial', 'chardev:serial1']
      : []),
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${quoted(emulator.firmwareCode)}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${quoted(plan.firmwareVariables)}`],
    ...['-object', 'rng-random,id=entropy,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=entropy'],
    ...plan.disks.flatMap(diskArguments),
    ...networkArguments(plan.network),
    // The event is enough: the guest itself restarts after a panic (panic= on its command line), or does not, and then is caught.
    ...(emulator.architecture === 'amd64' ? ['-device', 'pvpanic'] : []),
    ...['-action', 'panic=none'],
    ...['-action', `reboot=${plan.onReset === 'exit' ? 'shutdown' : 'reset'}`],
    ...(plan.watchdog ? ['-device', 'i6300esb', '-action', 'watchdog=reset'] : []),
    ...plan.firmwareStrings.flatMap((text) => ['-smbios', `type=11,value=${quoted(text)}`]),
  ];
}

function diskArguments(disk: PlannedDisk, index: number): string[] {
  const place =
    disk.server === undefined
      ? `file=${quoted(disk.file)}`
      : `file.driver=nbd,file.server.type=unix,file.server.path=${quoted(disk.server)}`;
  return [
    '-drive',
    `if=none,id=disk${index},format=${disk.format},cache=${disk.cache},discard=unmap,${place}`,
    '-device',
    `virtio-blk-pci,drive=disk${index},bootindex=${index},serial=disk${index}`,
  ];
}

function networkArguments(network: MachineNetwork): string[] {
  switch (network.kind) {
    case 'none':
      return [];
    case 'user': {
      const forwards = network.forwards.map(({ host, guest }) => `,hostfwd=tcp:127.0.0.1:${host}-:${guest}`);
      return [
        '-netdev',
        `user,id=net0,restrict=${network.outbound ? 'off' : 'on'}${forwards.join('')}`,
        '-device',
        // No option ROM, no boot index: the firmware does not look for a network to boot from as long as there is a disk.
        'virtio-net-pci,netdev=net0,romfile=',
      ];
    }
  }
}

/** A comma separates QEMU's options; two are one comma. */
function quoted(value: string): string {
  return value.replaceAll(',', ',,');
}
