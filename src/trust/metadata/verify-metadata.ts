import { AshlarError } from '../../model/error.ts';
import { keyMaterial, type PublicKey, verifySignature } from '../keys/public-key.ts';
import type { RoleKeys, RoleType } from './metadata-schema.ts';
import type { Metadata, MetadataSignature } from './parse-metadata.ts';

/** Who may sign: a role's keys, and where their ids lead. */
export interface Authority {
  readonly role: Pick<RoleKeys, 'keyids' | 'threshold'>;
  readonly keys: Readonly<Record<string, PublicKey>>;
}

/**
 * How many of the role's keys have signed. Each counts once, however often it signed and under however many ids it is listed (TUF 5.3.4: “each KEY MUST only
 * contribute one SIGNATURE”).
 */
export function countSignatures(metadata: Metadata<RoleType>, authority: Authority): number {
  const signed = metadata.signatures.filter((each) => isSignatureOf(each, metadata.signedBytes, authority));
  return new Set(signed.map(({ keyid }) => keyMaterial(authority.keys[keyid]!))).size;
}

/** True when a threshold of the role's keys has signed. */
export function isSigned(metadata: Metadata<RoleType>, authority: Authority): boolean {
  return countSignatures(metadata, authority) >= authority.role.threshold;
}

/** True when `signature` is one of `signedBytes` by a key of the authority's. */
export function isSignatureOf(
  { keyid, sig }: MetadataSignature,
  signedBytes: Uint8Array,
  { role, keys }: Authority,
): boolean {
  const key = Object.hasOwn(keys, keyid) && role.keyids.includes(keyid) ? keys[keyid] : undefined;
  return (
    key !== undefined && /^([0-9a-f]{2})+$/i.test(sig) && verifySignature(key, signedBytes, Buffer.from(sig, 'hex'))
  );
}

/** Throws `metadata-unsigned` unless a threshold of the role's keys has signed: the check against an arbitrary software attack. */
export function verifyMetadata(metadata: Metadata<RoleType>, authority: Authority, file: string): void {
  const count = countSignatures(metadata, authority);
  const { threshold } = authority.role;
  if (count >= threshold) return;
  throw new AshlarError(
    'metadata-unsigned',
    `The repository’s ${file} is not signed as it must be: ${count} of the ${threshold} needed signatures are by keys that may sign it.`,
    { hint: 'Somebody may be tampering with the repository. Nothing of it was used; tell who publishes it.' },
  );
}
