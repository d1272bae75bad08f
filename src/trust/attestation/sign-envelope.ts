import { keyId } from '../keys/public-key.ts';
import type { Signer } from '../keys/signer.ts';
import { preAuthenticationEncoding } from './pre-authentication-encoding.ts';

/**
 * Signs `payload` in a DSSE envelope (version 1, JSON), once with each of `signers`.
 *
 * @param payloadType says how the payload is to be read; it is signed too.
 * @throws what a signer throws.
 */
export async function signEnvelope(
  payloadType: string,
  payload: Uint8Array,
  signers: readonly Signer[],
): Promise<Buffer> {
  const message = preAuthenticationEncoding(payloadType, payload);
  const signatures: { readonly keyid: string; readonly sig: string }[] = [];
  // One after another: each may ask a person.
  for (const signer of signers) {
    const signature = await signer.sign(message);
    signatures.push({ keyid: keyId(signer.key), sig: signature.toString('base64') });
  }
  const envelope = { payload: Buffer.from(payload).toString('base64'), payloadType, signatures };
  return Buffer.from(`${JSON.stringify(envelope)}\n`);
}
