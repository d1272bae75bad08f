import type { Sha256 } from '../../model/digest.ts';
import { type Uuid, uuidFromBytes } from '../uuid.ts';

/** The partition UUIDs of a root image and of its hash tree. */
export interface RootPartitionUuids {
  readonly root: Uuid;
  readonly verity: Uuid;
}

/**
 * The first and the last 128 bits of the root hash, so that `roothash=` alone finds both partitions (UAPI Discoverable
 * Partitions Specification, root and root-verity partition).
 */
export function partitionUuidsFromRootHash(rootHash: Sha256): RootPartitionUuids {
  const bytes = Buffer.from(rootHash, 'hex');
  return { root: uuidFromBytes(bytes.subarray(0, 16)), verity: uuidFromBytes(bytes.subarray(-16)) };
}
