import { AshlarError } from '../../model/error.ts';
import { roleRef } from '../client/find-target.ts';
import { roleLoader, startSession } from '../client/refresh-trust.ts';
import { type MetadataSource, storedMetadata, type TrustSession } from '../client/trust-session.ts';
import type { TrustStore } from '../client/trust-store.ts';
import { loadBuiltInRoot, rootAuthority, updateRoot } from '../client/update-root.ts';
import { updateSnapshot } from '../client/update-snapshot.ts';
import { updateTargets } from '../client/update-targets.ts';
import { updateTimestamp } from '../client/update-timestamp.ts';
import type { RootRole } from './metadata-schema.ts';
import { type Metadata, parseMetadata } from './parse-metadata.ts';
import type { RepositoryMetadata } from './repository-metadata.ts';

export interface LoadOptions {
  readonly source: MetadataSource;
  /** The bytes of the `root.json` that the publisher has. */
  readonly root: Buffer;
  /** What the publisher has seen before: who can write the server but has no key must not get an old state signed anew. */
  readonly store: TrustStore;
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/**
 * All metadata of a repository, verified as a device does, but whatever has expired: who publishes is about to sign it again. What a rotation that was cut off left behind (a new
 * root, the rest still signed by keys of the root before) is loaded too, so that it can be finished. Throws what `refreshTrust` throws otherwise.
 */
export async function loadRepository(options: LoadOptions): Promise<RepositoryMetadata> {
  const session = startSession({ ...options, allowExpired: 'to be signed again' });
  const root = await updateRoot(session, options.root);
  let refused: unknown;
  for (const authority of rootsDownFrom(root, options)) {
    try {
      return { root, ...(await loadUnder(session, authority)) };
    } catch (error) {
      if (!(error instanceof AshlarError) || error.code !== 'metadata-unsigned') throw error;
      refused ??= error;
    }
  }
  throw refused;
}

async function loadUnder(session: TrustSession, root: Metadata<'root'>): Promise<Omit<RepositoryMetadata, 'root'>> {
  const timestamp = await publishedTimestamp(session, root.signed);
  const snapshot = await updateSnapshot(session, root.signed, timestamp.signed);
  const targets = await updateTargets(session, 'targets', rootAuthority(root.signed, 'targets'), snapshot.signed);
  const { load, loaded } = roleLoader(session, snapshot.signed);
  const channels = new Map<string, Metadata<'targets'>>();
  for (const delegation of targets.signed.delegations?.roles ?? []) {
    const { name, authority } = roleRef(targets.signed, delegation);
    await load(name, authority);
    channels.set(name, loaded.get(name)!);
  }
  return { timestamp, snapshot, targets, channels };
}

/** The one file that is replaced is the one that a bad disk or a slip can take: what the publisher has seen of it last is as good. */
async function publishedTimestamp(session: TrustSession, root: RootRole): Promise<Metadata<'timestamp'>> {
  try {
    return await updateTimestamp(session, root);
  } catch (error) {
    const isDamaged =
      error instanceof AshlarError && (error.code === 'metadata-invalid' || error.code === 'repository-incomplete');
    const isKept = storedMetadata(session, FILE, 'timestamp', rootAuthority(root, 'timestamp')) !== undefined;
    if (!isDamaged || !isKept) throw error;
    throw new AshlarError(error.code, error.message, {
      hint: `The one that was seen last is seen/${FILE} in the folder of keys: copy it to metadata/${FILE} of the repository, then run \`ashlar trust refresh FOLDER timestamp\`.`,
      cause: error,
    });
  }
}

const FILE = 'timestamp.json';

/** `root` and those before it that were verified on the way to it, the newest first. */
function* rootsDownFrom(root: Metadata<'root'>, { store, root: builtIn }: LoadOptions): Generator<Metadata<'root'>> {
  yield root;
  const oldest = loadBuiltInRoot(builtIn);
  for (let version = root.signed.version - 1; version > oldest.signed.version; version -= 1) {
    const bytes = store.read(`${version}.root.json`);
    if (bytes !== undefined) yield parseMetadata(bytes, 'root', `${version}.root.json`);
  }
  if (oldest.signed.version < root.signed.version) yield oldest;
}
