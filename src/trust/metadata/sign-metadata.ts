import { AshlarError } from '../../model/error.ts';
import { documentBytes } from '../../model/manifest.ts';
import { keyId, verifySignature } from '../keys/public-key.ts';
import type { Signer } from '../keys/signer.ts';
import { canonicalJson, type JsonValue } from './canonical-json.ts';
import type { RoleType, RoleTypes } from './metadata-schema.ts';
import { type Metadata, parseMetadata } from './parse-metadata.ts';
import { type Authority, verifyMetadata } from './verify-metadata.ts';

/**
 * Signs `signed` by those of `signers` that one of `authorities` lists, and gives the file, taken apart as a client will. All authorities must be satisfied: a new root
 * by the old keys and by the new. Throws `signers-insufficient` when keys are missing, `signer-failed` when one signs wrongly.
 */
export async function signMetadata<Type extends RoleType>(
  signed: RoleTypes[Type],
  type: Type,
  file: string,
  authorities: readonly Authority[],
  signers: readonly Signer[],
): Promise<Metadata<Type>> {
  checkSigners(file, authorities, signers);
  const bytes = canonicalJson(json(signed));
  const signatures: { keyid: string; sig: string }[] = [];
  for (const signer of usefulSigners(authorities, signers)) {
    const signature = await signer.sign(bytes);
    const keyid = keyId(signer.key);
    if (!verifySignature(signer.key, bytes, signature)) {
      throw new AshlarError('signer-failed', `The key ${keyid} made a signature of ${file} that is none.`, {
        hint: 'Check the key, or the program that signs with it.',
      });
    }
    signatures.push({ keyid, sig: signature.toString('hex') });
  }
  const metadata = parseMetadata(documentBytes({ signatures, signed }), type, file);
  for (const authority of authorities) verifyMetadata(metadata, authority, file);
  return metadata;
}

/** Throws `signers-insufficient` unless `signers` reach the threshold of every authority: to be asked before anything is written. */
export function checkSigners(file: string, authorities: readonly Authority[], signers: readonly Signer[]): void {
  for (const authority of authorities) {
    const missing = missingSignatures(authority, signers);
    if (missing === 0) continue;
    const { keyids } = authority.role;
    const held = new Set(signers.map(({ key }) => keyId(key)));
    const absent = keyids.filter((id) => !held.has(id as never)).map((id) => id.slice(0, 12));
    throw new AshlarError(
      'signers-insufficient',
      `${file} needs ${missing} more ${missing === 1 ? 'signature' : 'signatures'}: by ${absent.join(' or ') || 'keys that there are not'}.`,
      { hint: 'Name the folder with these keys as well (`--keys`); `ashlar trust status` shows which key is which.' },
    );
  }
}

/** How many keys lack to the threshold; 0 when the signers suffice. */
export function missingSignatures({ role }: Authority, signers: readonly Signer[]): number {
  const held = new Set<string>(signers.map(({ key }) => keyId(key)));
  return Math.max(0, role.threshold - role.keyids.filter((id) => held.has(id)).length);
}

function usefulSigners(authorities: readonly Authority[], signers: readonly Signer[]): Signer[] {
  const wanted = new Set(authorities.flatMap(({ role }) => role.keyids));
  const byId = new Map(signers.map((signer) => [String(keyId(signer.key)), signer]));
  return [...byId].filter(([id]) => wanted.has(id)).map(([, signer]) => signer);
}

/** The same value, as what JSON makes of it: schemas type properties that nobody knows as `unknown`. */
function json(signed: object): JsonValue {
  return JSON.parse(JSON.stringify(signed)) as JsonValue;
}
