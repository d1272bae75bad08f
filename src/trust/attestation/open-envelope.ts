import { AshlarError } from '../../model/error.ts';
import { keyMaterial, type PublicKey, verifySignature } from '../keys/public-key.ts';
import { parseEnvelope } from './parse-envelope.ts';
import { preAuthenticationEncoding } from './pre-authentication-encoding.ts';

/** Who may sign, and how many of them must have. */
export interface Signatories {
  readonly keys: readonly PublicKey[];
  /** At least 1. */
  readonly threshold: number;
}

/**
 * The payload of a DSSE envelope, once enough of `signatories` have signed it as a payload of `payloadType` (DSSE v1, “Multi-signature Verification”). Key ids in
 * the envelope are not looked at: anybody may have written them. A key counts once, however often it signed and under however many ids it is trusted.
 *
 * Throws `attestation-invalid`.
 */
export function openEnvelope(bytes: Uint8Array, payloadType: string, { keys, threshold }: Signatories): Buffer {
  if (threshold < 1) throw new RangeError('a threshold below 1 would trust anybody');
  const envelope = parseEnvelope(bytes);
  const message = preAuthenticationEncoding(envelope.payloadType, envelope.payload);
  const accepted = new Set(
    keys.filter((key) => envelope.signatures.some(({ sig }) => verifySignature(key, message, sig))).map(keyMaterial),
  );
  const refuse = (why: string): never => {
    throw new AshlarError('attestation-invalid', `The attestation is not to be believed: ${why}.`, {
      hint: 'Let it be made and signed anew by `ashlar preflight`, with a key that is trusted for it.',
    });
  };
  if (accepted.size < threshold) {
    return refuse(`${accepted.size} of the ${keys.length} keys that may sign it did, and ${threshold} must`);
  }
  if (envelope.payloadType !== payloadType) return refuse(`it is a ${envelope.payloadType}, not a ${payloadType}`);
  return envelope.payload;
}
