import type { PeImage } from './parse-pe.ts';

/** Where the last section of the image ends in the file; what may follow is symbols or signatures. */
export function contentEnd({ sections, sizeOfHeaders }: PeImage): number {
  return sections.reduce(
    (end, { rawOffset, rawSize }) => (rawSize === 0 ? end : Math.max(end, rawOffset + rawSize)),
    sizeOfHeaders,
  );
}
