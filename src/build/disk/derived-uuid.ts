import { type Uuid, uuidFromBytes } from '../../formats/uuid.ts';
import { type Sha256, sha256 } from '../../model/digest.ts';

/**
 * A UUID that follows from the release with the root hash `rootHash` and from what it is for: two builds of a disk are equal. Version
 * 8 (RFC 9562 §5.8: custom), so that nobody takes it for a random one.
 */
export function derivedUuid(rootHash: Sha256, purpose: string): Uuid {
  const bytes = Buffer.from(sha256(`ashlar disk ${rootHash} ${purpose}`), 'hex').subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return uuidFromBytes(bytes);
}
