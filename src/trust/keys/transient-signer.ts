import { generateKeyPairSync, sign } from 'node:crypto';
import { ed25519PublicKey } from './public-key.ts';
import type { Signer } from './signer.ts';

/** A new Ed25519 key that is nowhere but in this process, and gone with it: for repositories that nobody but a test machine trusts. */
export function transientSigner(): Signer {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { key: ed25519PublicKey(privateKey), sign: async (bytes) => sign(null, bytes, privateKey) };
}
