/**
 * Every code an {@link AshlarError} may carry, with its title. Each has a section in `docs/usage/errors.md`; a test holds the
 * two lists equal. A code is stable: scripts match on it. Keep the list sorted.
 */
export const ERROR_CODES = {
  'architecture-unsupported': 'Packages of this architecture cannot be installed on this machine',
  'boot-image-invalid': 'A boot image (UKI) does not follow its format',
  'compose-failed': 'The packages could not be installed',
  'cpio-corrupt': 'A cpio archive does not follow its format',
  'definition-invalid': 'The definition has problems',
  'disk-full': 'No space is left on the disk',
  'download-corrupt': 'A download is not what the lock says',
  'emulator-failed': 'QEMU could not do what it was asked',
  'esp-too-small': 'The EFI system partition is too small',
  'guest-silent': 'A virtual machine did not say in time what was waited for',
  'guest-stopped': 'A virtual machine ended before what was waited for',
  'image-corrupt': 'A file system image does not follow its format',
  'image-unsupported': 'A file system image uses a feature that is not supported',
  'index-expired': 'A package index is too old to be trusted',
  'index-unsigned': 'A package index is not signed by a key that is trusted',
  internal: 'A defect of Ashlar',
  interrupted: 'The command was interrupted',
  'lock-invalid': 'A lock file does not follow its format',
  'lock-outdated': 'The definition no longer fits its lock',
  'manifest-invalid': 'A release manifest does not follow its format',
  'mirror-unreachable': 'The package mirror cannot be reached',
  'missing-package': 'A program that Ashlar needs is not installed',
  'package-gone': 'The mirror no longer has a locked package',
  'package-unknown': 'A package is not known to the distribution',
  'partition-table-invalid': 'A partition table does not follow its format',
  'path-conflict': 'Two things want the same path',
  'path-outside-root': 'A path leaves the directory that it belongs to',
  'path-unusable': 'A file or directory cannot be used',
  'resolve-failed': 'apt could not resolve the packages',
  'store-incomplete': 'The store has lost an object',
  'store-not-writable': 'The store cannot be written',
  'tar-corrupt': 'A tar archive does not follow its format',
  'tar-unsupported': 'A tar archive uses a feature that is not supported',
  'unmet-dependency': 'Packages do not fit together',
  usage: 'The command was called in a wrong way',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
