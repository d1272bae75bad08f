import { type Codec, codecId } from '../../../formats/erofs/codec.ts';
import { type Sha256, sha256 } from '../../../model/digest.ts';

/** Under which the store keeps a content as `codec` encodes it. */
export function encodedKey(codec: Codec, content: Sha256): Sha256 {
  return sha256(`${codecId(codec)} ${content}`);
}
