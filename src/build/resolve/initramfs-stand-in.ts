/**
 * Debian's kernels depend on a generator of initramfs images. Ashlar makes its own initrd, so this stanza of dpkg's status file
 * says that one is there: apt then brings none along, and the kernel's maintainer scripts find nothing to run. It is taken out
 * again when the packages are installed.
 */
export const INITRAMFS_STAND_IN = {
  name: 'ashlar-initramfs-tool',
  stanza: `Package: ashlar-initramfs-tool
Status: install ok installed
Maintainer: Ashlar <ashlar@localhost>
Architecture: all
Version: 1
Provides: linux-initramfs-tool
Description: stands in for an initramfs generator while packages are installed
`,
} as const;
