import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AshlarError } from '../../model/error.ts';

/** A certificate as a PEM file. */
export function certificatePem(certificate: Buffer): Buffer {
  return Buffer.from(new X509Certificate(certificate).toString());
}

/** The certificate (DER) in the file at `path`, which has it as PEM or as DER. Throws `secure-boot-keys-unusable`. */
export function readCertificate(path: string): Buffer {
  try {
    return new X509Certificate(readFileSync(path)).raw;
  } catch (error) {
    throw new AshlarError('secure-boot-keys-unusable', `${path} is not a certificate that can be read.`, {
      hint: 'Expected is one X.509 certificate, as PEM or DER.',
      cause: error,
    });
  }
}
