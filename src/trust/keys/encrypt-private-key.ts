import { createCipheriv, type KeyObject, randomBytes, scryptSync } from 'node:crypto';

/**
 * scrypt's cost: 16 MiB and about a quarter of a second for each guess. More memory would be better, but OpenSSL reads no key that needs more than
 * 32 MiB (its `SCRYPT_MAX_MEM`), so the rest of the cost is time.
 */
const SCRYPT = { N: 1 << 14, r: 8, p: 5 } as const;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const IV_BYTES = 16;

const OID_PBES2 = '2a864886f70d01050d';
const OID_SCRYPT = '2b06010401da47040b';
const OID_AES_256_CBC = '60864801650304012a';

const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const SEQUENCE = 0x30;

/**
 * A private key as PEM that only the passphrase opens: PKCS #8 `EncryptedPrivateKeyInfo` (RFC 5958) by PBES2 (RFC 8018) with scrypt (RFC 7914, 7) and
 * AES-256-CBC. OpenSSL reads it (`openssl pkey -in FILE`). Node's own encryption stretches the passphrase by 2048 rounds of PBKDF2, which a
 * graphics card does a million times a second.
 */
export function encryptPrivateKey(key: KeyObject, passphrase: string): string {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-cbc', scryptSync(passphrase, salt, KEY_BYTES, SCRYPT), iv);
  const content = Buffer.concat([cipher.update(key.export({ type: 'pkcs8', format: 'der' })), cipher.final()]);
  const stretching = sequence(
    identifier(OID_SCRYPT),
    sequence(der(OCTET_STRING, salt), integer(SCRYPT.N), integer(SCRYPT.r), integer(SCRYPT.p)),
  );
  const encryption = sequence(identifier(OID_AES_256_CBC), der(OCTET_STRING, iv));
  const info = sequence(sequence(identifier(OID_PBES2), sequence(stretching, encryption)), der(OCTET_STRING, content));
  const lines = info.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${lines.join('\n')}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(SEQUENCE, Buffer.concat(parts));
}

function identifier(hex: string): Buffer {
  return der(OBJECT_IDENTIFIER, Buffer.from(hex, 'hex'));
}

/** A positive integer; with a zero before it where the first bit would make it negative (X.690, 8.3). */
function integer(value: number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return der(INTEGER, bytes[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

/** Tag, length and content (X.690, 8.1.3); no content here is longer than 65535 bytes. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  if (length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, length), content]);
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), content]);
}
