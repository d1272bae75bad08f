import { type ByteString, byteString } from '../../model/byte-string.ts';
import type { ErofsImage } from './erofs-image.ts';
import { imageCorrupt, imageUnsupported } from './image-error.ts';
import { DATA_LAYOUT } from './on-disk.ts';
import { flatRanges } from './read-flat.ts';
import { type ErofsInode, inodeName } from './read-inode.ts';

/** A symbolic link cannot be longer (Linux, `PATH_MAX` less its end). */
const MAX_TARGET_BYTES = 4_095;

/** What a symbolic link points to. Throws `image-corrupt`, `image-unsupported`. */
export function readTarget(image: ErofsImage, link: ErofsInode): ByteString {
  const where = inodeName(link.nid);
  if (link.size === 0 || link.size > MAX_TARGET_BYTES) {
    throw imageCorrupt(where, `a symbolic link of ${link.size} bytes`, link.offset);
  }
  if (link.layout !== DATA_LAYOUT.flatPlain && link.layout !== DATA_LAYOUT.flatInline) {
    throw imageUnsupported(where, 'a symbolic link that is compressed or in chunks');
  }
  const parts = flatRanges(image, link).map(({ offset, size }) => image.bytes(offset, size, where));
  const target = byteString(Buffer.concat(parts));
  if (target.includes('\0')) throw imageCorrupt(where, 'its target has a zero byte', link.offset);
  return target;
}
