import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { AshlarError } from '../model/error.ts';

/** The processor architectures that a machine can be started for, by Debian's names. */
export type GuestArchitecture = 'amd64' | 'arm64';

/** The programs and firmware that a machine needs: absolute paths. */
export interface Emulator {
  readonly architecture: GuestArchitecture;
  /** `qemu-system-…`. */
  readonly program: string;
  /** `qemu-img`, for copy-on-write disks. */
  readonly imageProgram: string;
  /** `setpriv` of util-linux: ties the machine's life to ours (see `start-emulator.ts`). */
  readonly setpriv: string;
  /** UEFI firmware code, read-only. */
  readonly firmwareCode: string;
  /** True for firmware that can enforce Secure Boot, and keeps its variables from the guest in system management mode; it has no keys yet. */
  readonly secureBoot: boolean;
  /** The firmware's empty variable store: each machine gets a copy. */
  readonly firmwareVariables: string;
}

interface Firmware {
  readonly code: string;
  readonly variables: string;
}

interface Requirements {
  readonly program: string;
  readonly programPackage: string;
  readonly firmware: readonly Firmware[];
  readonly secureBootFirmware: readonly Firmware[];
  readonly firmwarePackage: string;
}

/** Where Debian, and distributions that follow its or Fedora's layout, put them. The 4 MiB builds come first: Debian dropped the others. */
const REQUIREMENTS: Record<GuestArchitecture, Requirements> = {
  amd64: {
    program: 'qemu-system-x86_64',
    programPackage: 'qemu-system-x86',
    firmware: [
      { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
      { code: '/usr/share/OVMF/OVMF_CODE.fd', variables: '/usr/share/OVMF/OVMF_VARS.fd' },
      { code: '/usr/share/edk2/ovmf/OVMF_CODE.fd', variables: '/usr/share/edk2/ovmf/OVMF_VARS.fd' },
    ],
    secureBootFirmware: [
      { code: '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
      { code: '/usr/share/OVMF/OVMF_CODE.secboot.fd', variables: '/usr/share/OVMF/OVMF_VARS.fd' },
      { code: '/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd', variables: '/usr/share/edk2/ovmf/OVMF_VARS.fd' },
    ],
    firmwarePackage: 'ovmf',
  },
  arm64: {
    program: 'qemu-system-aarch64',
    programPackage: 'qemu-system-arm',
    firmware: [
      { code: '/usr/share/AAVMF/AAVMF_CODE.no-secboot.fd', variables: '/usr/share/AAVMF/AAVMF_VARS.fd' },
      { code: '/usr/share/AAVMF/AAVMF_CODE.fd', variables: '/usr/share/AAVMF/AAVMF_VARS.fd' },
    ],
    secureBootFirmware: [
      { code: '/usr/share/AAVMF/AAVMF_CODE.secboot.fd', variables: '/usr/share/AAVMF/AAVMF_VARS.fd' },
    ],
    firmwarePackage: 'qemu-efi-aarch64',
  },
};

/** What this machine may run or read: the real file system outside of tests. */
export interface Lookup {
  /** Folders of `$PATH`. */
  readonly path: readonly string[];
  readonly isExecutable: (path: string) => boolean;
  readonly isReadable: (path: string) => boolean;
}

export interface EmulatorRequest {
  /** Firmware that can enforce Secure Boot. Default false. */
  readonly secureBoot?: boolean;
  /** Default: what this machine has. */
  readonly lookup?: Lookup;
}

/**
 * Finds what a machine of `architecture` needs.
 *
 * @throws AshlarError `missing-package` naming every package that lacks, and the one command that installs them.
 */
export function findEmulator(
  architecture: GuestArchitecture,
  { secureBoot = false, lookup = hostLookup() }: EmulatorRequest = {},
): Emulator {
  const needs = REQUIREMENTS[architecture];
  const program = findProgram(needs.program, lookup);
  const imageProgram = findProgram('qemu-img', lookup);
  const setpriv = findProgram('setpriv', lookup);
  const firmware = (secureBoot ? needs.secureBootFirmware : needs.firmware).find(
    ({ code, variables }) => lookup.isReadable(code) && lookup.isReadable(variables),
  );
  if (program !== undefined && imageProgram !== undefined && setpriv !== undefined && firmware !== undefined) {
    return {
      architecture,
      program,
      imageProgram,
      setpriv,
      firmwareCode: firmware.code,
      firmwareVariables: firmware.variables,
      secureBoot,
    };
  }
  const missing = [
    ...(program === undefined ? [needs.programPackage] : []),
    ...(imageProgram === undefined ? ['qemu-utils'] : []),
    ...(setpriv === undefined ? ['util-linux'] : []),
    ...(firmware === undefined ? [needs.firmwarePackage] : []),
  ];
  throw new AshlarError('missing-package', `To boot an image these packages are missing: ${missing.join(', ')}.`, {
    hint: `Install them: sudo apt-get install --no-install-recommends ${missing.join(' ')}`,
  });
}

function findProgram(name: string, lookup: Lookup): string | undefined {
  return lookup.path.map((folder) => join(folder, name)).find(lookup.isExecutable);
}

function hostLookup(): Lookup {
  const may = (mode: number) => (path: string) => {
    try {
      accessSync(path, mode);
      return true;
    } catch {
      return false;
    }
  };
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  return {
    // A login shell of an unprivileged user may leave the sbin folders out.
    path: [...path, '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
    isExecutable: may(constants.X_OK),
    isReadable: may(constants.R_OK),
  };
}
