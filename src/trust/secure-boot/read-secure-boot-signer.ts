import { createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AshlarError } from '../../model/error.ts';
import type { Passphrase } from '../keys/passphrase.ts';
import { readCertificate } from './certificate-file.ts';
import { SECURE_BOOT_FILES, type SecureBootKey } from './secure-boot-folder.ts';
import type { SecureBootSigner } from './secure-boot-signer.ts';

/**
 * The signer with the private key `key` of the Secure Boot folder, which is opened when it first signs. Throws
 * `secure-boot-keys-unusable` when one of the files is not there or they are no pair; signing throws `key-locked` as well.
 */
export function readSecureBootSigner(folder: string, key: SecureBootKey, passphrase: Passphrase): SecureBootSigner {
  const path = join(folder, SECURE_BOOT_FILES.privateKey(key));
  const certificate = readCertificate(join(folder, SECURE_BOOT_FILES.certificate(key)));
  const pem = readPrivateKey(path);
  let opened: Promise<KeyObject> | undefined;
  return {
    certificate,
    async sign(bytes) {
      opened ??= passphrase.open(path, (text) => decrypted(pem, text));
      const privateKey = await opened;
      if (new X509Certificate(certificate).checkPrivateKey(privateKey)) return sign('sha256', bytes, privateKey);
      throw unusable(`${path} is not the key of the certificate beside it.`, 'Put the right pair there.');
    },
  };
}

function readPrivateKey(path: string): string {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    throw unusable(`The private key ${path} cannot be read.`, 'Fetch it from where it is kept.', error);
  }
  if (pem.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----')) return pem;
  throw unusable(`${path} is not an encrypted private key.`, 'Expected is PKCS #8 as PEM, encrypted by a passphrase.');
}

/** Undefined when the passphrase is another’s. */
function decrypted(key: string, passphrase: string): KeyObject | undefined {
  try {
    return createPrivateKey({ key, passphrase });
  } catch {
    return undefined;
  }
}

function unusable(message: string, hint: string, cause?: unknown): AshlarError {
  return new AshlarError('secure-boot-keys-unusable', message, { hint, cause });
}
