import { AshlarError } from '../../model/error.ts';
import { METADATA_FOLDER } from '../../model/repository.ts';
import type { Lease, RepositoryWriter } from '../../store/transport/repository-writer.ts';
import { MAX_METADATA_BYTES } from '../client/limits.ts';
import { keyId } from '../keys/public-key.ts';
import type { Signer } from '../keys/signer.ts';
import { commitDraft } from './commit-draft.ts';
import { addChannel, type ChannelPolicy, emptyTargets, keysById } from './edit-draft.ts';
import { DEFAULT_EXPIRY_DAYS, type ExpiryDays } from './expiry.ts';
import { TOP_LEVEL_ROLES, type TopLevelRole } from './metadata-schema.ts';
import type { RepositoryDraft } from './repository-metadata.ts';

/** The keys of a role, and how many of them must sign. */
export interface RoleSigners {
  readonly signers: readonly Signer[];
  readonly threshold: number;
}

export interface InitTrustOptions {
  readonly writer: RepositoryWriter;
  readonly lease: Lease;
  readonly roles: Readonly<Record<TopLevelRole, RoleSigners>>;
  readonly channels: Readonly<
    Record<string, RoleSigners & { readonly systems: readonly string[]; readonly policy: ChannelPolicy }>
  >;
  readonly expiryDays?: ExpiryDays;
  /** The version of the root that this one takes the place of, when all keys of that are lost: 0 for none. Images with the new root then outdo the old one. */
  readonly replaces?: number;
  readonly now: Date;
}

/**
 * Writes the first metadata of a repository and gives the bytes of its `root.json`, which goes into definitions. The root comes last: before it is there, nobody
 * trusts anything. Throws `path-conflict` when the repository has a root already.
 */
export async function initTrust(options: InitTrustOptions): Promise<Buffer> {
  const { writer, lease, roles, channels, expiryDays = DEFAULT_EXPIRY_DAYS, replaces = 0, now } = options;
  const path = `${METADATA_FOLDER}/${replaces + 1}.root.json`;
  await checkNoTrust(writer);
  const draft = firstDraft(roles, expiryDays, replaces);
  for (const [name, { signers, threshold, systems, policy }] of Object.entries(channels)) {
    addChannel(draft, name, { keys: signers.map(({ key }) => key), threshold, systems, policy });
  }
  const signers = [...Object.values(roles), ...Object.values(channels)].flatMap((role) => role.signers);
  await commitDraft({ writer, lease, current: undefined, draft, renew: new Set(), signers, now });
  const root = await writer.read(path, { maxBytes: MAX_METADATA_BYTES.root });
  if (root !== undefined) return root;
  throw new AshlarError('repository-incomplete', `${path} of ${writer.describe()} is gone.`, {
    hint: 'Somebody else works on the repository; look at it, and try again.',
  });
}

/** Throws `path-conflict` when the repository has a root already. */
export async function checkNoTrust(writer: RepositoryWriter): Promise<void> {
  if (!(await hasTrust(writer))) return;
  throw new AshlarError('path-conflict', `The repository ${writer.describe()} has a root of trust already.`, {
    hint: 'Name an empty directory, or change that one’s keys with `ashlar trust rotate`.',
  });
}

/** Whether the repository has a root, so that somebody may trust its keys. */
export async function hasTrust(writer: RepositoryWriter): Promise<boolean> {
  for await (const { path } of writer.list(METADATA_FOLDER)) {
    if (path.endsWith('.root.json')) return true;
  }
  return false;
}

function firstDraft(roles: InitTrustOptions['roles'], expiryDays: ExpiryDays, version: number): RepositoryDraft {
  const roleKeys = (role: TopLevelRole): { keyids: string[]; threshold: number } => ({
    keyids: roles[role].signers.map(({ key }) => keyId(key)),
    threshold: roles[role].threshold,
  });
  return {
    root: {
      _type: 'root',
      spec_version: '',
      version,
      expires: '',
      consistent_snapshot: true,
      keys: keysById(TOP_LEVEL_ROLES.flatMap((role) => roles[role].signers.map(({ key }) => key))),
      roles: {
        root: roleKeys('root'),
        targets: roleKeys('targets'),
        snapshot: roleKeys('snapshot'),
        timestamp: roleKeys('timestamp'),
      },
      ashlar: { expiryDays },
    },
    targets: { ...emptyTargets(), ashlar: { floors: {}, channels: {} } },
    channels: new Map(),
  };
}
