import { AshlarError } from '../../model/error.ts';
import { type Uuid, uuidBytes, uuidFromBytes } from '../uuid.ts';
import { MAX_DATA_BLOCKS, VERITY_BLOCK_BYTES } from './layout.ts';

export const SUPERBLOCK_BYTES = 512;
export const MAX_SALT_BYTES = 256;

const SIGNATURE = Buffer.from('verity\0\0', 'latin1');
const VERSION = 1;
/** Salt before the block, digests padded to powers of two. Type 0 is Chrome OS's. */
const HASH_TYPE = 1;
const ALGORITHM_BYTES = 32;

const OFFSET = {
  signature: 0,
  version: 8,
  hashType: 12,
  uuid: 16,
  algorithm: 32,
  dataBlockBytes: 64,
  hashBlockBytes: 68,
  dataBlocks: 72,
  saltBytes: 80,
  salt: 88,
  end: 344,
} as const;

/** What `veritysetup` stores in front of the tree. It is not covered by the root hash: trust it only as far as the tree does. */
export interface VeritySuperblock {
  readonly uuid: Uuid;
  readonly dataBlocks: number;
  /** 0–256 bytes. */
  readonly salt: Buffer;
}

/** The 512 bytes of the superblock, version 1 (cryptsetup wiki, “DMVerity”, “Verity superblock format”). */
export function encodeVeritySuperblock(superblock: VeritySuperblock): Buffer {
  if (superblock.salt.length > MAX_SALT_BYTES) {
    throw new AshlarError('usage', `a verity salt of ${superblock.salt.length} bytes is too long`, {
      hint: `Use at most ${MAX_SALT_BYTES} bytes (${MAX_SALT_BYTES * 2} hexadecimal digits).`,
    });
  }
  const bytes = Buffer.alloc(SUPERBLOCK_BYTES);
  SIGNATURE.copy(bytes, OFFSET.signature);
  bytes.writeUInt32LE(VERSION, OFFSET.version);
  bytes.writeUInt32LE(HASH_TYPE, OFFSET.hashType);
  uuidBytes(superblock.uuid).copy(bytes, OFFSET.uuid);
  bytes.write('sha256', OFFSET.algorithm, ALGORITHM_BYTES, 'latin1');
  bytes.writeUInt32LE(VERITY_BLOCK_BYTES, OFFSET.dataBlockBytes);
  bytes.writeUInt32LE(VERITY_BLOCK_BYTES, OFFSET.hashBlockBytes);
  bytes.writeBigUInt64LE(BigInt(superblock.dataBlocks), OFFSET.dataBlocks);
  bytes.writeUInt16LE(superblock.salt.length, OFFSET.saltBytes);
  superblock.salt.copy(bytes, OFFSET.salt);
  return bytes;
}

/**
 * Reads a superblock. Throws `image-corrupt` for anything that is not version 1, SHA-256, 4096-byte blocks, or that is not the one
 * encoding of its own fields: bytes that no check covers must not carry anything.
 */
export function parseVeritySuperblock(bytes: Uint8Array): VeritySuperblock {
  if (bytes.length < SUPERBLOCK_BYTES)
    throw corrupt(`it is cut off after ${bytes.length} of ${SUPERBLOCK_BYTES} bytes`);
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, SUPERBLOCK_BYTES);
  if (!view.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw corrupt('the signature “verity” is missing');

  const version = view.readUInt32LE(OFFSET.version);
  if (version !== VERSION) throw corrupt(`version ${version} is unknown`);
  const hashType = view.readUInt32LE(OFFSET.hashType);
  if (hashType !== HASH_TYPE) throw corrupt(`hash type ${hashType} is not supported`);
  const algorithm = view.toString('latin1', OFFSET.algorithm, OFFSET.algorithm + ALGORITHM_BYTES);
  if (algorithm !== 'sha256'.padEnd(ALGORITHM_BYTES, '\0')) throw corrupt('the hash algorithm is not sha256');
  for (const offset of [OFFSET.dataBlockBytes, OFFSET.hashBlockBytes]) {
    const size = view.readUInt32LE(offset);
    if (size !== VERITY_BLOCK_BYTES) throw corrupt(`a block size of ${size} bytes is not supported`);
  }
  const dataBlocks = view.readBigUInt64LE(OFFSET.dataBlocks);
  if (dataBlocks < 1n || dataBlocks > MAX_DATA_BLOCKS) throw corrupt(`${dataBlocks} data blocks are not possible`);
  const saltBytes = view.readUInt16LE(OFFSET.saltBytes);
  if (saltBytes > MAX_SALT_BYTES) throw corrupt(`a salt of ${saltBytes} bytes is longer than ${MAX_SALT_BYTES}`);

  const superblock: VeritySuperblock = {
    uuid: uuidFromBytes(view.subarray(OFFSET.uuid, OFFSET.algorithm)),
    dataBlocks: Number(dataBlocks),
    salt: Buffer.from(view.subarray(OFFSET.salt, OFFSET.salt + saltBytes)),
  };
  if (!encodeVeritySuperblock(superblock).equals(view)) throw corrupt('its padding is not zero');
  return superblock;
}

function corrupt(why: string): AshlarError {
  return new AshlarError('image-corrupt', `the verity superblock is damaged: ${why}`, {
    hint: 'Make the hash tree again from the image, or take both from the release anew.',
  });
}
