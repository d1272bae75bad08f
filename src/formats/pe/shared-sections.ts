import type { PeImage } from './parse-pe.ts';

/** A section of one image that another one seems to have as well. */
export interface SharedSection {
  /** Where it begins in the file of the one. */
  readonly offset: number;
  /** Where it begins in the file of the other. */
  readonly otherOffset: number;
  /** Bytes in both files, padding included. */
  readonly bytes: number;
}

/** Of smaller ones it is not worth while to know. */
const LEAST_BYTES = 65_536;

/**
 * The sections of `image` that `other` has under the same name and with the same size, ascending: of two boot images of one system mostly kernel and
 * initrd, nearly all of it. Whether their bytes are the same is for a hash to say.
 */
export function sharedSections(image: PeImage, other: PeImage): SharedSection[] {
  return image.sections
    .filter(({ rawSize }) => rawSize >= LEAST_BYTES)
    .flatMap(({ name, rawOffset, rawSize, virtualSize }) => {
      const same = other.sections.find(
        (section) => section.name === name && section.rawSize === rawSize && section.virtualSize === virtualSize,
      );
      return same === undefined ? [] : [{ offset: rawOffset, otherOffset: same.rawOffset, bytes: rawSize }];
    })
    .sort((a, b) => a.offset - b.offset);
}
