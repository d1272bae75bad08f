import { hash } from 'node:crypto';
import { DIGEST_BYTES, VERITY_BLOCK_BYTES } from './layout.ts';

/**
 * Writes the salted SHA-256 of each 4 KiB block of `data` into `digests` (32 bytes each), from `at` on. `data` must be whole
 * blocks. The salt goes before the block (hash type 1).
 *
 * Measured on one core with SHA instructions: one-shot `hash(…, 'latin1')` over a scratch buffer that begins with the salt 1.24
 * GB/s; the same returning a Buffer 1.03; a copied `createHash` midstate, which would save the salt's round, 0.84.
 */
export function hashBlocks(data: Uint8Array, salt: Uint8Array, digests: Buffer, at = 0): void {
  const salted = Buffer.alloc(salt.length + VERITY_BLOCK_BYTES);
  salted.set(salt);
  const source = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  let into = at;
  for (let offset = 0; offset < source.length; offset += VERITY_BLOCK_BYTES) {
    source.copy(salted, salt.length, offset, offset + VERITY_BLOCK_BYTES);
    digests.write(hash('sha256', salted, 'latin1'), into, 'latin1');
    into += DIGEST_BYTES;
  }
}
