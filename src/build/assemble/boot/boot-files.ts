import type { Definition } from '../../../model/definition/definition.ts';
import { AshlarError } from '../../../model/error.ts';
import { readDebFiles } from './read-deb.ts';

/** What the build takes from packages of the lock's `boot` group, which are not installed. */
export interface BootFiles {
  /** The initrd's shell and tools. */
  readonly busybox: Buffer;
  /** systemd's stub, which makes a boot image of kernel, initrd and command line. */
  readonly stub: Buffer;
  /** systemd-boot. */
  readonly loader: Buffer;
}

/** Where the packages have them; a later path is that of an older release of the distribution. */
const PATHS: Record<Definition['architecture'], Record<keyof BootFiles, readonly string[]>> = {
  amd64: {
    busybox: ['usr/bin/busybox', 'bin/busybox'],
    stub: ['usr/lib/systemd/boot/efi/linuxx64.efi.stub'],
    loader: ['usr/lib/systemd/boot/efi/systemd-bootx64.efi'],
  },
  arm64: {
    busybox: ['usr/bin/busybox', 'bin/busybox'],
    stub: ['usr/lib/systemd/boot/efi/linuxaa64.efi.stub'],
    loader: ['usr/lib/systemd/boot/efi/systemd-bootaa64.efi'],
  },
};

/**
 * Takes the boot files out of the packages at `debs` (paths of .deb files). Throws `boot-file-missing` when none of them has one,
 * `deb-unreadable` when dpkg cannot read a package.
 */
export async function readBootFiles(
  debs: readonly string[],
  architecture: Definition['architecture'],
  signal?: AbortSignal,
): Promise<BootFiles> {
  const wanted = PATHS[architecture];
  const names = new Set(Object.values(wanted).flat());
  const found = new Map<string, Buffer>();
  for (const deb of debs) {
    for (const [path, bytes] of await readDebFiles(deb, names, signal)) found.set(path, bytes);
  }
  const take = (file: keyof BootFiles): Buffer => {
    const path = wanted[file].find((candidate) => found.has(candidate));
    if (path !== undefined) return found.get(path)!;
    throw new AshlarError('boot-file-missing', `No package of the lock's boot group has ${wanted[file][0]}.`, {
      hint: 'Make the lock again with `ashlar lock --update`.',
    });
  };
  return { busybox: take('busybox'), stub: take('stub'), loader: take('loader') };
}
