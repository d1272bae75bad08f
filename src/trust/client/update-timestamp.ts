import { AshlarError } from '../../model/error.ts';
import type { RootRole } from '../metadata/metadata-schema.ts';
import { type Metadata, parseMetadata } from '../metadata/parse-metadata.ts';
import { verifyMetadata } from '../metadata/verify-metadata.ts';
import { MAX_METADATA_BYTES } from './limits.ts';
import { checkExpiry, fetchNeeded, storedMetadata, type TrustSession } from './trust-session.ts';
import { rootAuthority } from './update-root.ts';

const FILE = 'timestamp.json';

/** The newest timestamp (TUF 5.4). */
export async function updateTimestamp(session: TrustSession, root: RootRole): Promise<Metadata<'timestamp'>> {
  const authority = rootAuthority(root, 'timestamp');
  const trusted = storedMetadata(session, FILE, 'timestamp', authority);
  // 5.4.1
  const bytes = await fetchNeeded(session, FILE, MAX_METADATA_BYTES.timestamp);
  const fresh = parseMetadata(bytes, 'timestamp', FILE);
  // 5.4.2: an arbitrary software attack.
  verifyMetadata(fresh, authority, FILE);
  // 5.4.3: a rollback attack.
  if (trusted !== undefined) {
    checkNotOlder('the timestamp', fresh.signed.version, trusted.signed.version);
    // 5.4.3.1: the same version is the same content, whatever the new file says; that is normal. What is trusted may have expired since.
    if (fresh.signed.version === trusted.signed.version) {
      checkExpiry(session, trusted, FILE);
      return trusted;
    }
    const snapshotVersion = (timestamp: Metadata<'timestamp'>): number =>
      timestamp.signed.meta['snapshot.json'].version;
    // 5.4.3.2
    checkNotOlder('the snapshot that the timestamp names', snapshotVersion(fresh), snapshotVersion(trusted));
  }
  // 5.4.4: a freeze attack.
  checkExpiry(session, fresh, FILE);
  // 5.4.5
  session.store.write(FILE, fresh.bytes);
  return fresh;
}

/** Throws `metadata-rollback` when the repository offers an older version of `what` than this machine has seen. */
export function checkNotOlder(what: string, offered: number, seen: number): void {
  if (offered >= seen) return;
  throw new AshlarError(
    'metadata-rollback',
    `The repository went back: it offers version ${offered} of ${what}, and this machine has seen version ${seen}.`,
    {
      hint: 'A mirror may be behind, or a backup was restored. If it stays so, somebody may be withholding releases: tell who publishes it.',
    },
  );
}
