import { constants, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { ed25519PublicKey, keyId, type PublicKey } from '../../keys/public-key.ts';
import type { Signer } from '../../keys/signer.ts';

/** A signer whose private half is in memory, and which signs at once. */
export interface SimulatedSigner extends Signer {
  readonly id: string;
  readonly signNow: (bytes: Uint8Array) => Buffer;
}

export type SimulatedKeyType = 'ed25519' | 'ecdsa' | 'rsa';

/** A new key. `extra` are fields that TUF does not know; they count for the key's id. */
export function simulatedSigner(type: SimulatedKeyType = 'ed25519', extra: object = {}): SimulatedSigner {
  const { key, signNow } = makeKey(type);
  const named = { ...key, ...extra };
  return { key: named, id: keyId(named), signNow, sign: (bytes) => Promise.resolve(signNow(bytes)) };
}

function makeKey(type: SimulatedKeyType): { key: PublicKey; signNow: (bytes: Uint8Array) => Buffer } {
  if (type === 'ed25519') {
    const { privateKey } = generateKeyPairSync('ed25519');
    return { key: ed25519PublicKey(privateKey), signNow: (bytes) => sign(null, bytes, privateKey) };
  }
  const { privateKey } =
    type === 'ecdsa'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const padding = type === 'rsa' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
  return {
    key: {
      keytype: type,
      scheme: type === 'rsa' ? 'rsassa-pss-sha256' : 'ecdsa-sha2-nistp256',
      keyval: { public: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString() },
    },
    signNow: (bytes) => sign('sha256', bytes, { key: privateKey, ...padding }),
  };
}
