import { AshlarError } from '../../model/error.ts';

/** The error for an image that does not follow its format: `where` names the inode or structure, `offset` the byte in the image. */
export function imageCorrupt(where: string, what: string, offset: number): AshlarError {
  return new AshlarError('image-corrupt', `The EROFS image is damaged: ${where}: ${what} (at byte ${offset}).`, {
    hint: 'Compare the image with its checksum in manifest.json and fetch or build it again.',
  });
}

/** The error for an image that is well formed and uses something that is not read here. */
export function imageUnsupported(where: string, what: string): AshlarError {
  return new AshlarError('image-unsupported', `The EROFS image cannot be read: ${where}: ${what} is not supported.`, {
    hint: 'Make the image with `ashlar fs create`, or with mkfs.erofs without that feature.',
  });
}
