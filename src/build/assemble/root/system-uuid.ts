import { UUID_BYTES, type Uuid, uuidFromBytes } from '../../../formats/uuid.ts';
import { sha256 } from '../../../model/digest.ts';

/**
 * A UUID that all releases of the system `name` share for one `purpose` (the file system, its hash tree): one that changed from
 * release to release would make blocks differ that say the same. Version 8: what it is derived from is ours to say (RFC 9562 §5.8).
 */
export function systemUuid(purpose: string, name: string): Uuid {
  const bytes = Buffer.from(sha256(`ashlar ${purpose} ${name}`), 'hex').subarray(0, UUID_BYTES);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return uuidFromBytes(bytes);
}
