import { AshlarError } from '../../model/error.ts';
import { keyMaterial, type PublicKey, verifySignature } from '../keys/public-key.ts';
import type { RoleKeys, RoleType } from './metadata-schema.ts';
import type { Metadata } from './parse-metadata.ts';

/** Who may sign: a role's keys, and where their ids lead. */
export interface Authority {
  readonly role: Pick<RoleKeys, 'keyids' | 'threshold'>;
  readonly keys: Readonly<Record<string, PublicKey>>;
}

/**
 * How many of the role's keys have signed. Each counts once, however often it signed and under however many ids it is listed (TUF 5.3.4: “each KEY MUST only
 * contribute one SIGNATURE”).
 */
export function countSignatures(metadata: Metadata<RoleType>, { role, keys }: Authority): number {
  const signed = new Set<string>();
  for (const { keyid, sig } of metadata.signatures) {
    const key = Object.hasOwn(keys, keyid) && role.keyids.includes(keyid) ? keys[keyid] : undefined;
    if (key === undefined || !/^([0-9a-f]{2})+$/i.test(sig)) continue;
    if (verifySignature(key, metadata.signedBytes, Buffer.from(sig, 'hex'))) signed.add(keyMaterial(key));
  }
  return signed.size;
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
