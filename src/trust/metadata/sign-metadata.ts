import { AshlarError } from '../../model/error.ts';
import { exactBytes } from '../../model/format-bytes.ts';
import { documentBytes } from '../../model/manifest.ts';
import { MAX_METADATA_BYTES } from '../client/limits.ts';
import { keyId, verifySignature } from '../keys/public-key.ts';
import type { Signer } from '../keys/signer.ts';
import type { RoleType, RoleTypes } from './metadata-schema.ts';
import { type Metadata, parseMetadata } from './parse-metadata.ts';
import { type Authority, countSignatures, isSignatureOf, verifyMetadata } from './verify-metadata.ts';

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
  const metadata = await signBody(signed, type, file, authorities, signers);
  for (const authority of authorities) verifyMetadata(metadata, authority, file);
  return metadata;
}

/** {@link signMetadata} by as many of the signers as there are, be they enough or not. */
export function signBody<Type extends RoleType>(
  signed: RoleTypes[Type],
  type: Type,
  file: string,
  authorities: readonly Authority[],
  signers: readonly Signer[],
): Promise<Metadata<Type>> {
  return addSignatures(
    parseMetadata(documentBytes({ signatures: [], signed }), type, file),
    file,
    authorities,
    signers,
  );
}

/**
 * The same file with the signatures of those of `signers` too that one of `authorities` lists, and that have not signed yet. Throws `signer-failed`, and
 * `repository-file-too-long` for a file that no client would read.
 */
export async function addSignatures<Type extends RoleType>(
  metadata: Metadata<Type>,
  file: string,
  authorities: readonly Authority[],
  signers: readonly Signer[],
): Promise<Metadata<Type>> {
  const { signed, signedBytes, type } = metadata;
  // Whoever carried the file may have put something under somebody's id, so that their signature would not be added.
  const signatures = metadata.signatures.filter((each) =>
    authorities.some((authority) => isSignatureOf(each, signedBytes, authority)),
  );
  for (const signer of usefulSigners(authorities, signers)) {
    const keyid = keyId(signer.key);
    if (signatures.some((each) => each.keyid === keyid)) continue;
    const signature = await signer.sign(signedBytes);
    if (!verifySignature(signer.key, signedBytes, signature)) {
      throw new AshlarError('signer-failed', `The key ${keyid} made a signature of ${file} that is none.`, {
        hint: 'Check the key, or the program that signs with it.',
      });
    }
    signatures.push({ keyid, sig: signature.toString('hex') });
  }
  const bytes = documentBytes({ signatures, signed });
  if (bytes.length > MAX_METADATA_BYTES[type]) throw tooLong(file, bytes.length, MAX_METADATA_BYTES[type]);
  return parseMetadata(bytes, type, file);
}

/** Throws `signers-insufficient` unless `signers` reach the threshold of every authority: to be asked before anything is written. */
export function checkSigners(file: string, authorities: readonly Authority[], signers: readonly Signer[]): void {
  for (const authority of authorities) {
    const missing = missingSignatures(authority, signers);
    if (missing === 0) continue;
    const { keyids } = authority.role;
    const held = new Set(signers.map(({ key }) => keyId(key)));
    const absent = keyids.filter((id) => !held.has(id as never));
    throw insufficient(
      file,
      missing,
      absent,
      'Name the folder with these keys as well (`--keys`); `ashlar trust status` shows which key is which. Keys of root and targets that lie elsewhere sign what `--prepare` writes.',
    );
  }
}

/** Throws `signers-insufficient` unless enough keys of every authority have signed `metadata`. */
export function checkSigned(metadata: Metadata<RoleType>, authorities: readonly Authority[], file: string): void {
  for (const authority of authorities) {
    const missing = authority.role.threshold - countSignatures(metadata, authority);
    if (missing <= 0) continue;
    const absent = authority.role.keyids.filter((id) => !metadata.signatures.some(({ keyid }) => keyid === id));
    const hint = 'Carry the file to who has one of these keys, and let them run `ashlar trust sign` on it.';
    throw insufficient(file, missing, absent, hint);
  }
}

function insufficient(file: string, missing: number, absent: readonly string[], hint: string): AshlarError {
  const keys = absent.map((id) => id.slice(0, 12)).join(' or ') || 'keys that there are not';
  const lack = `${missing} more ${missing === 1 ? 'signature' : 'signatures'}`;
  return new AshlarError('signers-insufficient', `${file} needs ${lack}: by ${keys}.`, { hint });
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

function tooLong(file: string, bytes: number, limit: number): AshlarError {
  return new AshlarError(
    'repository-file-too-long',
    `${file} would have ${exactBytes(bytes)}, and devices read ${exactBytes(limit)} of it at most.`,
    {
      hint: 'Nothing was written. Take releases out that nobody needs any more (`ashlar withdraw`), or use another channel.',
    },
  );
}
