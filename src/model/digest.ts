import { hash } from 'node:crypto';

/** A SHA-256 in lower-case hexadecimal: 64 characters. */
export type Sha256 = string & { readonly __brand: 'Sha256' };

const SHA256_HEX = /^[0-9a-f]{64}$/;

/** True when `text` has the form of a {@link Sha256}. */
export function isSha256(text: string): text is Sha256 {
  return SHA256_HEX.test(text);
}

/** The SHA-256 of `bytes`. */
export function sha256(bytes: Uint8Array | string): Sha256 {
  return hash('sha256', bytes, 'hex') as Sha256;
}
