/** A disk image's format, as QEMU calls it. */
export type DiskFormat = 'raw' | 'qcow2' | 'vmdk' | 'vpc';

const BY_ENDING: readonly (readonly [ending: string, format: DiskFormat])[] = [
  ['.qcow2', 'qcow2'],
  ['.vmdk', 'vmdk'],
  ['.vhd', 'vpc'],
  ['.vpc', 'vpc'],
];

/**
 * The format of the image at `path`, by its name alone. Asking the bytes would let a guest turn its raw disk into a qcow2 image
 * that names a file of the host as its base.
 */
export function diskFormat(path: string): DiskFormat {
  const name = path.toLowerCase();
  return BY_ENDING.find(([ending]) => name.endsWith(ending))?.[1] ?? 'raw';
}
