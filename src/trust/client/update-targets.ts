import { AshlarError } from '../../model/error.ts';
import type { SnapshotRole } from '../metadata/metadata-schema.ts';
import { type Metadata, parseMetadata } from '../metadata/parse-metadata.ts';
import { type Authority, verifyMetadata } from '../metadata/verify-metadata.ts';
import { checkMetaFile, checkVersion, isMetaFile } from './check-meta-file.ts';
import { MAX_METADATA_BYTES } from './limits.ts';
import { checkExpiry, fetchNeeded, storedMetadata, type TrustSession } from './trust-session.ts';

/**
 * The metadata of `role` that the snapshot names: the top-level targets, or a role that is delegated to (TUF 5.6.1–5.6.6). `authority` is who its delegator
 * says may sign it; what is stored is held against it too, so nothing that another delegator vouched for is taken over.
 */
export async function updateTargets(
  session: TrustSession,
  role: string,
  authority: Authority,
  snapshot: SnapshotRole,
): Promise<Metadata<'targets'>> {
  const stored = `${role}.json`;
  const expected = Object.hasOwn(snapshot.meta, stored) ? snapshot.meta[stored] : undefined;
  if (expected === undefined) {
    throw new AshlarError('metadata-mismatch', `The repository’s snapshot does not name ${stored}.`, {
      hint: 'Try again later; if it stays so, tell who publishes the repository.',
    });
  }
  const trusted = storedMetadata(session, stored, 'targets', authority);
  if (trusted?.signed.version === expected.version && isMetaFile(trusted.bytes, expected)) {
    checkExpiry(session, trusted, stored);
    return trusted;
  }
  // 5.6.1
  const file = `${expected.version}.${stored}`;
  const limit = Math.min(expected.length ?? MAX_METADATA_BYTES.targets, MAX_METADATA_BYTES.targets);
  const bytes = await fetchNeeded(session, file, limit);
  // 5.6.2: a mix-and-match attack.
  checkMetaFile(bytes, expected, file);
  const fresh = parseMetadata(bytes, 'targets', file);
  // 5.6.3: an arbitrary software attack.
  verifyMetadata(fresh, authority, file);
  // 5.6.4
  checkVersion(fresh.signed.version, expected.version, file);
  // 5.6.5: a freeze attack.
  checkExpiry(session, fresh, file);
  // 5.6.6
  session.store.write(stored, fresh.bytes);
  return fresh;
}
