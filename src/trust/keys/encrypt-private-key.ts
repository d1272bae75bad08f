import { createCipheriv, type KeyObject, randomBytes, scryptSync } from 'node:crypto';
import { derInteger, derObjectIdentifier, derOctetString, derSequence } from '../../formats/der/write-der.ts';

/** What guessing a passphrase costs, as RFC 7914 has it: 128 · N · r bytes of memory, and time that grows with N · r · p. */
export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/**
 * scrypt's cost: 16 MiB and about a quarter of a second for each guess. More memory would be better, but OpenSSL reads no key that needs more than
 * 32 MiB (its `SCRYPT_MAX_MEM`), so the rest of the cost is time.
 */
const SCRYPT: ScryptCost = { N: 1 << 14, r: 8, p: 5 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const IV_BYTES = 16;

const OID_PBES2 = '1.2.840.113549.1.5.13';
const OID_SCRYPT = '1.3.6.1.4.1.11591.4.11';
const OID_AES_256_CBC = '2.16.840.1.101.3.4.1.42';

/**
 * A private key as PEM that only the passphrase opens: PKCS #8 `EncryptedPrivateKeyInfo` (RFC 5958) by PBES2 (RFC 8018) with scrypt (RFC 7914, 7) and
 * AES-256-CBC. OpenSSL reads it (`openssl pkey -in FILE`). Node's own encryption stretches the passphrase by 2048 rounds of PBKDF2, which
 * costs who guesses next to nothing.
 *
 * @param cost less than the default is for keys that are thrown away, in tests.
 */
export function encryptPrivateKey(key: KeyObject, passphrase: string, cost = SCRYPT): string {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-cbc', scryptSync(passphrase, salt, KEY_BYTES, cost), iv);
  const content = Buffer.concat([cipher.update(key.export({ type: 'pkcs8', format: 'der' })), cipher.final()]);
  const stretching = derSequence(
    derObjectIdentifier(OID_SCRYPT),
    derSequence(derOctetString(salt), derInteger(cost.N), derInteger(cost.r), derInteger(cost.p)),
  );
  const encryption = derSequence(derObjectIdentifier(OID_AES_256_CBC), derOctetString(iv));
  const info = derSequence(
    derSequence(derObjectIdentifier(OID_PBES2), derSequence(stretching, encryption)),
    derOctetString(content),
  );
  const lines = info.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${lines.join('\n')}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
}
