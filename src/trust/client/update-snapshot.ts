import { AshlarError } from '../../model/error.ts';
import type { RootRole, SnapshotRole, TimestampRole } from '../metadata/metadata-schema.ts';
import { type Metadata, parseMetadata } from '../metadata/parse-metadata.ts';
import { verifyMetadata } from '../metadata/verify-metadata.ts';
import { checkMetaFile, checkVersion, isMetaFile } from './check-meta-file.ts';
import { MAX_METADATA_BYTES } from './limits.ts';
import { checkExpiry, fetchNeeded, storedMetadata, type TrustSession } from './trust-session.ts';
import { rootAuthority } from './update-root.ts';
import { checkNotOlder } from './update-timestamp.ts';

const FILE = 'snapshot.json';

/** The snapshot that the timestamp names (TUF 5.5). */
export async function updateSnapshot(
  session: TrustSession,
  root: RootRole,
  timestamp: TimestampRole,
): Promise<Metadata<'snapshot'>> {
  const authority = rootAuthority(root, 'snapshot');
  const expected = timestamp.meta['snapshot.json'];
  const trusted = storedMetadata(session, FILE, 'snapshot', authority);
  if (trusted?.signed.version === expected.version && isMetaFile(trusted.bytes, expected)) {
    checkExpiry(session, trusted, FILE);
    return trusted;
  }
  // 5.5.1: consistent snapshots, so under its version.
  const file = `${expected.version}.${FILE}`;
  const limit = Math.min(expected.length ?? MAX_METADATA_BYTES.snapshot, MAX_METADATA_BYTES.snapshot);
  const bytes = await fetchNeeded(session, file, limit);
  // 5.5.2: a mix-and-match attack.
  checkMetaFile(bytes, expected, file);
  const fresh = parseMetadata(bytes, 'snapshot', file);
  // 5.5.3: an arbitrary software attack.
  verifyMetadata(fresh, authority, file);
  // 5.5.4
  checkVersion(fresh.signed.version, expected.version, file);
  // 5.5.5: a rollback attack.
  if (trusted !== undefined) checkRolesNotOlder(fresh.signed, trusted.signed);
  // 5.5.6: a freeze attack.
  checkExpiry(session, fresh, file);
  // 5.5.7
  session.store.write(FILE, fresh.bytes);
  return fresh;
}

/** 5.5.5: no role that was there is gone or older. */
function checkRolesNotOlder(fresh: SnapshotRole, trusted: SnapshotRole): void {
  for (const [file, { version }] of Object.entries(trusted.meta)) {
    const offered = Object.hasOwn(fresh.meta, file) ? fresh.meta[file] : undefined;
    if (offered !== undefined) {
      checkNotOlder(file, offered.version, version);
      continue;
    }
    throw new AshlarError('metadata-rollback', `The repository’s snapshot no longer has ${file}.`, {
      hint: 'Somebody may be withholding releases: tell who publishes the repository.',
    });
  }
}
