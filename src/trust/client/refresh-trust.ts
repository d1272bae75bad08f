import { AshlarError } from '../../model/error.ts';
import { type RepositoryPolicy, repositoryPolicySchema } from '../../model/repository.ts';
import type { RootRole, SnapshotRole, TargetsRole } from '../metadata/metadata-schema.ts';
import type { Metadata } from '../metadata/parse-metadata.ts';
import { findTarget, type LoadRole, listTargets, type RoleRef, roleRef } from './find-target.ts';
import { isDelegated } from './path-pattern.ts';
import type { ExpiredRole, MetadataSource, TrustSession } from './trust-session.ts';
import type { TrustStore } from './trust-store.ts';
import { isReleasePath, type TrustedRelease, trustedRelease } from './trusted-release.ts';
import { rootAuthority, updateRoot } from './update-root.ts';
import { updateSnapshot } from './update-snapshot.ts';
import { updateTargets } from './update-targets.ts';
import { updateTimestamp } from './update-timestamp.ts';

export interface RefreshOptions {
  /** What was verified before, and where what is verified now goes. */
  readonly store: TrustStore;
  /** A repository: over the network, or on a USB stick. */
  readonly source: MetadataSource;
  /** The bytes of the `root.json` that came with the image. */
  readonly builtInRoot: Buffer;
  readonly channel: string;
  /** The latest of the hardware clock, the last time seen and the build time. */
  readonly now: Date;
  /** Lets expired metadata pass, for this reason, which the caller records. Signatures and versions are checked as ever. */
  readonly allowExpired?: string;
  readonly signal?: AbortSignal;
}

/** What a channel offers, every word of it signed by who may say so. */
export interface TrustedChannel {
  readonly channel: string;
  /** In no order. */
  readonly releases: readonly TrustedRelease[];
  /** The version of the system `name` below which nothing is installed. */
  readonly floor: (name: string) => string | undefined;
  /** When the first of the files involved expires. */
  readonly expires: Date;
  /** The versions of the roles involved: `root`, `timestamp`, `snapshot`, `targets`, and the channel under its name. */
  readonly versions: Readonly<Record<string, number>>;
  /** What had expired and was let pass; empty without {@link RefreshOptions.allowExpired}. */
  readonly expired: readonly ExpiredRole[];
}

/**
 * What the repository says of `channel` now: the detailed client workflow of the TUF specification (1.0.34, section 5), up to the target files themselves. An error at any step leaves
 * the store as good as before, and the next refresh goes on from there.
 *
 * Throws `metadata-unsigned`, `metadata-rollback`, `metadata-expired`, `metadata-mismatch`, `metadata-invalid`, `channel-unknown`, `repository-incomplete`, and what
 * {@link RepositoryReader.read} throws.
 */
export async function refreshTrust(options: RefreshOptions): Promise<TrustedChannel> {
  const session = startSession(options);
  const root = await updateRoot(session, options.builtInRoot);
  const timestamp = await updateTimestamp(session, root.signed);
  const snapshot = await updateSnapshot(session, root.signed, timestamp.signed);
  const targets = await updateTargets(session, 'targets', rootAuthority(root.signed, 'targets'), snapshot.signed);
  const { load, loaded } = roleLoader(session, snapshot.signed);
  const releases = await channelReleases(load, targets.signed, options.channel);
  const { floors } = policyOf(targets.signed);
  const files = [root, timestamp, snapshot, targets, ...loaded.values()];
  return {
    channel: options.channel,
    releases,
    floor: (name) => (Object.hasOwn(floors, name) ? floors[name] : undefined),
    expires: new Date(Math.min(...files.map(({ signed }) => Date.parse(signed.expires)))),
    versions: versionsOf(root.signed, timestamp.signed, snapshot.signed, targets.signed, loaded),
    expired: session.expired,
  };
}

/** 5.1: the time is fixed when the refresh begins. */
export function startSession(
  options: Pick<RefreshOptions, 'store' | 'source' | 'now' | 'allowExpired' | 'signal'>,
): TrustSession {
  const { store, source, now, allowExpired, signal } = options;
  return { store, source, now, allowExpired, signal, expired: [] };
}

/**
 * Loads roles for searches, each one once for each delegator: what one delegator vouched for says nothing about another's word. `loaded` has, by role, what was loaded.
 */
export function roleLoader(
  session: TrustSession,
  snapshot: SnapshotRole,
): { load: LoadRole; loaded: ReadonlyMap<string, Metadata<'targets'>> } {
  const loaded = new Map<string, Metadata<'targets'>>();
  const known = new Map<string, Promise<Metadata<'targets'>>>();
  const load: LoadRole = async (name, authority) => {
    const key = JSON.stringify([name, authority.role.threshold, authority.role.keyids]);
    let role = known.get(key);
    if (role === undefined) {
      role = updateTargets(session, name, authority, snapshot);
      known.set(key, role);
    }
    const metadata = await role;
    loaded.set(name, metadata);
    return metadata.signed;
  };
  return { load, loaded };
}

/** What the top-level targets role says of systems and channels beside its delegations. Throws `metadata-invalid`. */
export function policyOf(targets: TargetsRole): RepositoryPolicy {
  const parsed = repositoryPolicySchema.safeParse(targets['ashlar'] ?? { floors: {}, channels: {} });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AshlarError(
    'metadata-invalid',
    `The repository’s targets.json has a policy that does not fit: ${issue?.path.map(String).join('.')}: ${issue?.message}.`,
    {
      hint: 'It was made by another version of Ashlar, or by something else; tell who publishes the repository.',
      cause: parsed.error,
    },
  );
}

/** The channel as a role to begin a search with. The device has chosen it, so other channels have no say (as TAP 13 lets a client choose its targets role). */
export function channelRole(targets: TargetsRole, channel: string): RoleRef {
  const delegation = targets.delegations?.roles.find(({ name }) => name === channel);
  if (delegation !== undefined) return roleRef(targets, delegation);
  const names = targets.delegations?.roles.map(({ name }) => name) ?? [];
  throw new AshlarError('channel-unknown', `The repository has no channel ${channel}.`, {
    hint: names.length === 0 ? 'It has no channels at all.' : `It has: ${names.join(', ')}.`,
  });
}

/** 5.6.7, for all releases of a channel: each target that a search from the channel's role would find under its path. */
async function channelReleases(load: LoadRole, targets: TargetsRole, channel: string): Promise<TrustedRelease[]> {
  const start = channelRole(targets, channel);
  const delegation = targets.delegations?.roles.find(({ name }) => name === channel);
  const releases: TrustedRelease[] = [];
  for (const path of await listTargets(load, start)) {
    if (!isReleasePath(path) || delegation === undefined || !isDelegated(path, delegation)) continue;
    const target = await findTarget(load, start, path);
    if (target !== undefined) releases.push(trustedRelease(path, target));
  }
  return releases;
}

function versionsOf(
  root: RootRole,
  timestamp: { readonly version: number },
  snapshot: SnapshotRole,
  targets: TargetsRole,
  loaded: ReadonlyMap<string, Metadata<'targets'>>,
): Record<string, number> {
  return {
    root: root.version,
    timestamp: timestamp.version,
    snapshot: snapshot.version,
    targets: targets.version,
    ...Object.fromEntries([...loaded].map(([name, { signed }]) => [name, signed.version])),
  };
}
