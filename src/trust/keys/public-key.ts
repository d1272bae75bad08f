import { createPublicKey, constants as cryptoConstants, type KeyObject, verify } from 'node:crypto';
import * as z from 'zod';
import { type Sha256, sha256 } from '../../model/digest.ts';
import { canonicalJson } from '../metadata/canonical-json.ts';

/** A PEM of an RSA key with 8192 bits has 1.6 kB. */
const MAX_PUBLIC_CHARACTERS = 8192;
/** TUF 4.2.2: “All RSA keys MUST be at least 2048 bits.” */
const MIN_RSA_BITS = 2048;
/** What is before the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo (RFC 8410, 4). */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** A key as metadata carries it (TUF 4.2.2). Fields that are not named here count for the key's id, so they are kept. */
export const publicKeySchema = z.looseObject({
  keytype: z.string().min(1).max(64),
  scheme: z.string().min(1).max(64),
  keyval: z.looseObject({ public: z.string().max(MAX_PUBLIC_CHARACTERS) }),
});

export interface PublicKey {
  readonly keytype: string;
  readonly scheme: string;
  readonly keyval: { readonly public: string };
}

/** The id of a key: the SHA-256 of its canonical form (TUF 4.2.1). */
export function keyId(key: PublicKey): Sha256 {
  return sha256(canonicalJson({ ...key, keyval: { ...key.keyval } }));
}

/** The Ed25519 key with this public half as metadata carries it. Throws TypeError for keys of other kinds. */
export function ed25519PublicKey(key: KeyObject): PublicKey {
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError(`not an Ed25519 key: ${key.asymmetricKeyType}`);
  const spki = (key.type === 'public' ? key : createPublicKey(key)).export({ type: 'spki', format: 'der' });
  return {
    keytype: 'ed25519',
    scheme: 'ed25519',
    keyval: { public: spki.subarray(ED25519_PREFIX.length).toString('hex') },
  };
}

/**
 * True when `signature` is `key`'s of `message`. A key or a signature that is malformed, or of a scheme that is not known, verifies nothing: it is not an
 * error, because others may reach the threshold.
 */
export function verifySignature(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    const usable = usableKey(key);
    if (usable === undefined) return false;
    return verify(usable.digest, message, { key: usable.key, ...usable.padding }, signature);
  } catch {
    return false;
  }
}

/** What tells two keys apart, whatever is written around them: one key under two ids counts once towards a threshold. */
export function keyMaterial(key: PublicKey): string {
  try {
    return usableKey(key)?.key.export({ type: 'spki', format: 'der' }).toString('hex') ?? keyId(key);
  } catch {
    return keyId(key);
  }
}

interface UsableKey {
  readonly key: KeyObject;
  /** Null for schemes that have their own. */
  readonly digest: 'sha256' | null;
  readonly padding: { readonly padding?: number; readonly saltLength?: number };
}

/** The schemes that TUF 4.2.2 recommends, for keys in hardware and clouds, which seldom know Ed25519. */
function usableKey({ keytype, scheme, keyval }: PublicKey): UsableKey | undefined {
  switch (`${keytype}/${scheme}`) {
    case 'ed25519/ed25519':
      return /^[0-9a-f]{64}$/i.test(keyval.public)
        ? { key: ed25519Key(Buffer.from(keyval.public, 'hex')), digest: null, padding: {} }
        : undefined;
    case 'ecdsa/ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp256/ecdsa-sha2-nistp256': {
      const key = pemKey(keyval.public);
      const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
      return isP256 ? { key, digest: 'sha256', padding: {} } : undefined;
    }
    case 'rsa/rsassa-pss-sha256': {
      const key = pemKey(keyval.public);
      const isLong = (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS;
      const padding = {
        padding: cryptoConstants.RSA_PKCS1_PSS_PADDING,
        saltLength: cryptoConstants.RSA_PSS_SALTLEN_AUTO,
      };
      return key.asymmetricKeyType === 'rsa' && isLong ? { key, digest: 'sha256', padding } : undefined;
    }
    default:
      return undefined;
  }
}

function ed25519Key(bytes: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([ED25519_PREFIX, bytes]), format: 'der', type: 'spki' });
}

/** Only public keys: what `createPublicKey` makes of a private key or a certificate is not what the id was computed of. */
function pemKey(text: string): KeyObject {
  if (!text.trimStart().startsWith('-----BEGIN PUBLIC KEY-----')) throw new TypeError('not a public key');
  return createPublicKey({ key: text, format: 'pem' });
}
