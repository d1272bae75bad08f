import type { PublicKey } from './public-key.ts';

/**
 * A key that can sign, wherever it lies: in a file, in a token, with a cloud. The private half need never come into this process.
 */
export interface Signer {
  readonly key: PublicKey;
  /** The signature of `bytes` by the key's scheme. Throws `key-locked`, `key-invalid` or `signer-failed`. */
  sign(bytes: Uint8Array): Promise<Buffer>;
}
