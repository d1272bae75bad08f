import { z } from 'zod';
import { AshlarError } from '../../model/error.ts';
import { parseDocument } from '../../model/parse-document.ts';

/** Larger than any attestation of ours; a longer one is not parsed. */
export const MAX_ENVELOPE_BYTES = 1 << 20;
/** Each signature costs a verification by every key: an attacker may not ask for many. */
const MAX_SIGNATURES = 32;

/** A DSSE envelope taken apart; nothing of it has been verified. */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  /** `keyid` is a hint that anybody may have written (DSSE v1: “MUST NOT be used for security decisions”). */
  readonly signatures: readonly { readonly keyid: string | undefined; readonly sig: Buffer }[];
}

/** Standard and URL-safe alphabets are both allowed, padding included (DSSE v1, “Protocol”). */
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

const base64 = z
  .string()
  .regex(BASE64, 'must be base64')
  .transform((text) => Buffer.from(text.replaceAll('-', '+').replaceAll('_', '/'), 'base64'));

// Unknown fields are let pass: consumers of the envelope must ignore them (DSSE v1, envelope.md, “Parsing rules”).
const schema = z.object({
  payload: base64,
  payloadType: z.string().min(1).max(256),
  signatures: z
    .array(z.object({ keyid: z.string().max(256).optional(), sig: base64 }))
    .min(1)
    .max(MAX_SIGNATURES),
});

/** Takes a DSSE envelope in JSON apart. Throws `attestation-invalid`. */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  const refuse = (why: string, cause?: unknown): never => {
    throw new AshlarError('attestation-invalid', `This is not a signed attestation: ${why}.`, {
      hint: 'Make it again with `ashlar preflight`, or fetch it again.',
      cause,
    });
  };
  const { payload, payloadType, signatures } = parseDocument(bytes, schema, MAX_ENVELOPE_BYTES, refuse);
  return { payloadType, payload, signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig })) };
}
