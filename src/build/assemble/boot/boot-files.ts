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
  /** systemd-bless-boot, which a system that updates itself runs; undefined in a lock of one that does not. */
  readonly bless: Buffer | undefined;
}

const BLESS = ['usr/lib/systemd/systemd-bless-boot', 'lib/systemd/systemd-bless-boot'];

/** Where the packages have them; a later path is that of an older release of the distribution. */
const PATHS: Record<Definition['architecture'], Record<keyof BootFiles, readonly string[]>> = {
  amd64: {
    busybox: ['usr/bin/busybox', 'bin/busybox'],
    stub: ['usr/lib/systemd/boot/efi/linuxx64.efi.stub'],
    loader: ['usr/lib/systemd/boot/efi/systemd-bootx64.efi'],
    bless: BLESS,
  },
  arm64: {
    busybox: ['usr/bin/busybox', 'bin/busybox'],
    stub: ['usr/lib/systemd/boot/efi/linuxaa64.efi.stub'],
    loader: ['usr/lib/systemd/boot/efi/systemd-bootaa64.efi'],
    bless: BLESS,
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
  const look = (file: keyof BootFiles): Buffer | undefined =>
    wanted[file].flatMap((candidate) => found.get(candidate) ?? [])[0];
  const take = (file: keyof BootFiles): Buffer => {
    const bytes = look(file);
    if (bytes !== undefined) return bytes;
    throw new AshlarError('boot-file-missing', `No package of the lock's boot group has ${wanted[file][0]}.`, {
      hint: 'Make the lock again with `ashlar lock --update`.',
    });
  };
  return { busybox: take('busybox'), stub: take('stub'), loader: take('loader'), bless: look('bless') };
}
