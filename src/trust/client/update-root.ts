import { AshlarError } from '../../model/error.ts';
import type { RootRole, TopLevelRole } from '../metadata/metadata-schema.ts';
import { type Metadata, parseMetadata } from '../metadata/parse-metadata.ts';
import { type Authority, verifyMetadata } from '../metadata/verify-metadata.ts';
import { MAX_METADATA_BYTES, MAX_ROOT_ROTATIONS } from './limits.ts';
import { checkExpiry, fetchMetadata, type TrustSession } from './trust-session.ts';
import type { TrustStore } from './trust-store.ts';

const FILE = 'root.json';

/**
 * From the root that came with the image, whose bytes `builtIn` are, to the newest one (TUF 5.2 and 5.3). Every root on the way is verified, those in the store as
 * well as those of the repository: who could write the store once cannot put a root of their own there for good.
 */
export async function updateRoot(session: TrustSession, builtIn: Buffer): Promise<Metadata<'root'>> {
  let root = loadBuiltInRoot(builtIn);
  try {
    for (let fetched = 0; fetched < MAX_ROOT_ROTATIONS; ) {
      // 5.3.2, 5.3.3: N+1, from the store when it was verified before.
      const file = `${root.signed.version + 1}.${FILE}`;
      const stored = storedRoot(session.store, root, file);
      if (stored !== undefined) {
        root = stored;
        continue;
      }
      const bytes = await fetchMetadata(session, file, MAX_METADATA_BYTES.root);
      if (bytes === undefined) break;
      root = verifyNextRoot(root, bytes, file);
      // 5.3.7, 5.3.8
      session.store.write(file, bytes);
      fetched += 1;
    }
  } finally {
    keepNewest(session.store, root);
  }
  checkNotWithheld(session.store, root.signed);
  // 5.3.10: a freeze attack. Roots on the way may have expired (5.3.6).
  checkExpiry(session, root, FILE);
  return root;
}

/** 5.2: trusted because it is in the image. That it is signed as it says itself shows that it is whole. Throws `metadata-invalid`, `metadata-unsigned`. */
export function loadBuiltInRoot(bytes: Buffer): Metadata<'root'> {
  const root = parseMetadata(bytes, 'root', FILE);
  verifyMetadata(root, rootAuthority(root.signed, 'root'), FILE);
  return root;
}

/** Who may sign `role`, says root. */
export function rootAuthority(root: RootRole, role: TopLevelRole): Authority {
  return { role: root.roles[role], keys: root.keys };
}

/** Takes `bytes` for the root after `root`. Throws `metadata-invalid`, `metadata-unsigned`, `metadata-rollback`. */
export function verifyNextRoot(root: Metadata<'root'>, bytes: Buffer, file: string): Metadata<'root'> {
  const next = parseMetadata(bytes, 'root', file);
  // 5.3.4: an arbitrary software attack. By the keys of N, and by those of N+1.
  verifyMetadata(next, rootAuthority(root.signed, 'root'), file);
  verifyMetadata(next, rootAuthority(next.signed, 'root'), file);
  // 5.3.5: a rollback attack.
  if (next.signed.version === root.signed.version + 1) return next;
  throw new AshlarError(
    'metadata-rollback',
    `The repository’s ${file} says that it is version ${next.signed.version} of root.`,
    { hint: 'Somebody may be tampering with the repository. Nothing of it was used; tell who publishes it.' },
  );
}

function storedRoot(store: TrustStore, root: Metadata<'root'>, file: string): Metadata<'root'> | undefined {
  const bytes = store.read(file);
  if (bytes === undefined) return undefined;
  try {
    return verifyNextRoot(root, bytes, file);
  } catch (error) {
    // Damaged, or of another history: the repository has it.
    if (error instanceof AshlarError) return undefined;
    throw error;
  }
}

/**
 * Keeps `root` as the newest one seen, unless a newer one was. Before that, 5.3.11: what revoked timestamp and snapshot keys signed is forgotten, because who
 * stole one may have signed the greatest version number there is (a fast-forward attack). After a crash between the two it is done again.
 */
function keepNewest(store: TrustStore, root: Metadata<'root'>): void {
  const seen = newestSeen(store);
  if (seen !== undefined && seen.version >= root.signed.version) return;
  if (seen !== undefined && (hasRevoked(seen, root.signed, 'timestamp') || hasRevoked(seen, root.signed, 'snapshot'))) {
    store.remove('timestamp.json');
    store.remove('snapshot.json');
  }
  store.write(FILE, root.bytes);
}

/** “Rotated”, read narrowly: a key was taken away. One that was added takes no trust from what the others signed. */
function hasRevoked(before: RootRole, after: RootRole, role: TopLevelRole): boolean {
  return before.roles[role].keyids.some((id) => !after.roles[role].keyids.includes(id));
}

/** A server that withholds roots must not lead an older image back to keys that have been revoked since. Throws `metadata-rollback`. */
function checkNotWithheld(store: TrustStore, root: RootRole): void {
  const seen = newestSeen(store)?.version ?? 0;
  if (root.version >= seen) return;
  throw new AshlarError(
    'metadata-rollback',
    `The repository’s root ends at version ${root.version}, and this machine has seen version ${seen}.`,
    {
      hint: 'The repository lacks files (metadata/<N>.root.json are kept for ever), or somebody withholds them. Tell who publishes it.',
    },
  );
}

/** What the newest root said that this machine has verified; it is asked what it said then, never trusted now. */
function newestSeen(store: TrustStore): RootRole | undefined {
  const bytes = store.read(FILE);
  if (bytes === undefined) return undefined;
  try {
    return parseMetadata(bytes, 'root', FILE).signed;
  } catch (error) {
    if (error instanceof AshlarError) return undefined;
    throw error;
  }
}
