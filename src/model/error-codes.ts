/**
 * Every code an {@link AshlarError} may carry, with its title. Each has a section in `docs/usage/errors.md`; a test holds the
 * two lists equal. A code is stable: scripts match on it. Keep the list sorted.
 */
export const ERROR_CODES = {
  'definition-invalid': 'The definition has problems',
  'disk-full': 'No space is left on the disk',
  'image-corrupt': 'A file system image does not follow its format',
  'image-unsupported': 'A file system image uses a feature that is not supported',
  internal: 'A defect of Ashlar',
  interrupted: 'The command was interrupted',
  'manifest-invalid': 'A release manifest does not follow its format',
  'missing-package': 'A program that Ashlar needs is not installed',
  'path-conflict': 'Two things want the same path',
  'path-outside-root': 'A path leaves the directory that it belongs to',
  'path-unusable': 'A file or directory cannot be used',
  'store-incomplete': 'The store has lost an object',
  'tar-corrupt': 'A tar archive does not follow its format',
  'tar-unsupported': 'A tar archive uses a feature that is not supported',
  usage: 'The command was called in a wrong way',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
