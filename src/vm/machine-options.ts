import type { GuestArchitecture } from './emulator.ts';

/** How a guest's instructions run: by the processor (`kvm`), or translated one by one (`tcg`), about ten times slower. */
export type Accelerator = 'kvm' | 'tcg';

/** What a machine is made of. Everything has a default except its disks. */
export interface MachineOptions {
  /** Default `amd64`. */
  readonly architecture?: GuestArchitecture;
  /** In the order in which the firmware tries to boot them; none is allowed (the firmware's own shell then starts). */
  readonly disks: readonly MachineDisk[];
  /** MiB; default {@link DEFAULT_MEMORY_MIB}. */
  readonly memory?: number;
  /** Virtual processors; default {@link DEFAULT_PROCESSORS}. */
  readonly processors?: number;
  /** `auto` tries KVM and takes emulation when that does not work; default `auto`. */
  readonly accelerator?: Accelerator | 'auto';
  /** Default `none`. */
  readonly network?: MachineNetwork;
  /** What the guest's reset does: `continue` boots it again, `exit` ends this boot with the exit `reset`. Default `continue`. */
  readonly onReset?: 'continue' | 'exit';
  /** True for a watchdog (i6300esb) that resets a guest which armed it and stopped petting it. Default false. */
  readonly watchdog?: boolean;
  /**
   * SMBIOS type 11 strings, where systemd-stub looks for more of a kernel command line (`io.systemd.stub.kernel-cmdline-extra=…`;
   * under Secure Boot too, but not in confidential machines), and systemd for credentials (`io.systemd.credential:NAME=VALUE`; Ashlar's own systems take none).
   */
  readonly firmwareStrings?: readonly string[];
  /**
   * True for firmware that enforces Secure Boot as soon as it has keys; a new machine's has none, and whatever loader it finds may give it
   * some. Default false.
   */
  readonly secureBoot?: boolean;
  /** A file that keeps the firmware's variables when the machine is gone; made when it is not there. Default: they go with it. */
  readonly firmwareVariables?: string;
  /** True for a second serial port (`ttyS1`), which the kernel and the firmware leave alone. Default false. */
  readonly secondSerial?: boolean;
  /** A file for the serial log, appended to, lines with their seconds since the boot began; default none. */
  readonly serialLog?: string;
  /** Where the machine's own files go; default the system's temporary folder. */
  readonly parent?: string;
}

export interface MachineDisk {
  /** The image. Its format follows from its name: `.qcow2`, `.vmdk`, `.vhd`, else raw. A format is never guessed from a guest's bytes. */
  readonly image: string;
  /** `overlay` writes to a copy that goes with the machine, `direct` to the image itself. Default `overlay`. */
  readonly writes?: 'overlay' | 'direct';
  /** Bytes that the guest sees, at least the image's own; only with `overlay`. Default the image's. */
  readonly size?: number;
  /** `unsafe` ignores the guest's flushes (fast; right for copies), `writeback` heeds them. Default by `writes`. */
  readonly cache?: 'unsafe' | 'writeback' | 'none';
  /**
   * The Unix socket of the server that the guest's disk is to be reached through (`nbd/nbd-server.ts`), which serves `image`, a raw one. Goes with
   * `writes: 'direct'` only.
   */
  readonly server?: string;
}

/** The host's loopback addresses, as a guest of QEMU's user-mode network with `outbound` reaches them. */
export const HOST_SEEN_BY_GUEST = '10.0.2.2';

/** `user` is QEMU's user-mode network: no privileges, nothing from outside but the forwarded ports. */
export type MachineNetwork =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'user';
      /** Whether the guest may open connections to the outside. */
      readonly outbound: boolean;
      readonly forwards: readonly PortForward[];
    };

/** A TCP port of the host's loopback address that leads to one of the guest. */
export interface PortForward {
  /** 0 takes a free one. */
  readonly host: number;
  readonly guest: number;
}

/** Enough for a minimal system with room for a service; containers want more. */
export const DEFAULT_MEMORY_MIB = 1024;

/** Under emulation `minimal` was up in 37 s with two and in 46 s with one, on a host of two processors with other work. */
export const DEFAULT_PROCESSORS = 2;
