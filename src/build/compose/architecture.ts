import { readdirSync } from 'node:fs';
import { AshlarError } from '../../model/error.ts';
import { runProgram } from '../../store/program/run-program.ts';

/** How QEMU's user emulation calls Debian's architectures (binfmt_misc entries are named `qemu-<this>`). */
const QEMU_NAME: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64' };

/**
 * Packages are configured by running their scripts: throws `architecture-unsupported` when this machine can run those of
 * `architecture` neither itself nor by emulation registered with the kernel (binfmt_misc).
 */
export async function assertArchitecture(architecture: string, signal?: AbortSignal): Promise<void> {
  const { stdout } = await runProgram(['dpkg', '--print-architecture'], { signal });
  const host = stdout.trim();
  if (host === architecture || registeredEmulators().includes(`qemu-${QEMU_NAME[architecture]}`)) return;
  throw new AshlarError(
    'architecture-unsupported',
    `This machine is ${host}: it cannot run the maintainer scripts of packages for ${architecture}.`,
    {
      hint: `Build on a machine that is ${architecture}, or install emulation: apt-get install qemu-user-static binfmt-support`,
    },
  );
}

function registeredEmulators(): string[] {
  try {
    return readdirSync('/proc/sys/fs/binfmt_misc');
  } catch {
    return [];
  }
}
