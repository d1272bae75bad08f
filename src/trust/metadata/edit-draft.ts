import { compareVersions } from '../../formats/version-order.ts';
import { AshlarError } from '../../model/error.ts';
import {
  isChannelName,
  manifestTargetPath,
  type ReleaseCustom,
  type RepositoryPolicy,
  repositoryPolicySchema,
} from '../../model/repository.ts';
import { channelRole, policyOf } from '../client/refresh-trust.ts';
import { isReleasePath, type TrustedRelease, trustedRelease } from '../client/trusted-release.ts';
import { keyId, type PublicKey } from '../keys/public-key.ts';
import { type ExpiryDays, expiryDays } from './expiry.ts';
import type { TargetsRole, TopLevelRole } from './metadata-schema.ts';
import type { RepositoryDraft } from './repository-metadata.ts';

/** A release as it is put into a channel: the manifest's size and hash, and what the channel says of it. */
export interface NewRelease {
  readonly manifest: { readonly length: number; readonly sha256: string };
  readonly custom: ReleaseCustom;
}

/** Puts a release into a channel; one that is there already, with the same manifest, has what is said of it replaced. Throws `release-conflict`. */
export function addRelease(draft: RepositoryDraft, channel: string, { manifest, custom }: NewRelease): void {
  const { name, version } = custom;
  const path = manifestTargetPath(name, version);
  for (const [other, role] of draft.channels) {
    const there = Object.hasOwn(role.targets, path) ? role.targets[path] : undefined;
    if (there === undefined || there.hashes['sha256'] === manifest.sha256) continue;
    throw new AshlarError('release-conflict', `The channel ${other} has another ${name} ${version} already.`, {
      hint: 'A release never changes. Give the new one another version.',
    });
  }
  const target = { length: manifest.length, hashes: { sha256: manifest.sha256 }, custom: { ashlar: custom } };
  trustedRelease(path, target);
  channelOf(draft, channel).targets[path] = target;
}

/** Takes a release out of a channel. Returns false when it was not there. */
export function removeRelease(draft: RepositoryDraft, channel: string, name: string, version: string): boolean {
  const { targets } = channelOf(draft, channel);
  const path = manifestTargetPath(name, version);
  if (!Object.hasOwn(targets, path)) return false;
  delete targets[path];
  return true;
}

/** The releases of a channel, by name and the order of versions. */
export function releasesOf(draft: RepositoryDraft, channel: string): TrustedRelease[] {
  return Object.entries(channelOf(draft, channel).targets)
    .filter(([path]) => isReleasePath(path))
    .map(([path, target]) => trustedRelease(path, target))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : compareVersions(a.version, b.version)));
}

/** Sets the version of the system `name` below which nothing is installed. */
export function setFloor(draft: RepositoryDraft, name: string, version: string): void {
  const policy = policyOf(draft.targets);
  writePolicy(draft, { ...policy, floors: { ...policy.floors, [name]: version } });
}

export type ChannelPolicy = RepositoryPolicy['channels'][string];

/** Says whether a release must have passed preflight to be in a channel. Throws `channel-unknown`. */
export function setChannelPolicy(draft: RepositoryDraft, channel: string, channelPolicy: ChannelPolicy): void {
  channelOf(draft, channel);
  const policy = policyOf(draft.targets);
  writePolicy(draft, { ...policy, channels: { ...policy.channels, [channel]: channelPolicy } });
}

/** What a new channel is like. */
export interface NewChannel {
  readonly keys: readonly PublicKey[];
  readonly threshold: number;
  /** The systems whose releases the channel may have; none: all. */
  readonly systems: readonly string[];
  readonly policy: ChannelPolicy;
}

/**
 * Adds a channel. Its delegation is not a terminating one: the same release lies in several channels, and clients that know nothing of channels search them one after
 * another. Throws `path-conflict` when there is one of that name, `usage` for a name that cannot be one.
 */
export function addChannel(draft: RepositoryDraft, name: string, channel: NewChannel): void {
  if (!isChannelName(name)) {
    throw new AshlarError('usage', `“${name}” cannot be the name of a channel.`, {
      hint: 'Use 2 to 32 lower-case letters, digits and hyphens, a letter first.',
    });
  }
  if (draft.channels.has(name)) {
    throw new AshlarError('path-conflict', `There is a channel ${name} already.`, { hint: 'Choose another name.' });
  }
  const { delegations = { keys: {}, roles: [] } } = draft.targets;
  const systems = channel.systems.length === 0 ? ['*'] : channel.systems;
  draft.targets.delegations = {
    ...delegations,
    keys: { ...delegations.keys, ...keysById(channel.keys) },
    roles: [
      ...delegations.roles,
      {
        name,
        keyids: channel.keys.map(keyId),
        threshold: channel.threshold,
        terminating: false,
        paths: systems.map((system) => `releases/${system}/*/manifest.json`),
      },
    ],
  };
  draft.channels.set(name, emptyTargets());
  setChannelPolicy(draft, name, channel.policy);
}

/**
 * Removes a channel with all that it has. Snapshots go on naming its last file (TUF 5.5.5: what a client has seen stays listed), so a later channel of the
 * same name goes on counting from there. Throws `channel-unknown`.
 */
export function removeChannel(draft: RepositoryDraft, name: string): void {
  channelOf(draft, name);
  const { delegations } = draft.targets;
  if (delegations === undefined) return;
  const roles = delegations.roles.filter((role) => role.name !== name);
  draft.targets.delegations = { ...delegations, keys: used(delegations.keys, roles), roles };
  draft.channels.delete(name);
  const { channels, ...policy } = policyOf(draft.targets);
  writePolicy(draft, {
    ...policy,
    channels: Object.fromEntries(Object.entries(channels).filter(([each]) => each !== name)),
  });
}

/** Who may sign a role, from now on. */
export interface RoleKeysChange {
  readonly add: readonly PublicKey[];
  /** Ids. */
  readonly remove: readonly string[];
  /** As it was when absent. */
  readonly threshold?: number | undefined;
}

/**
 * Changes who may sign the role `name`: of TUF, or a channel. A key that no role needs any more is left out of the list. Throws `usage` when the threshold could never be
 * reached, `channel-unknown`.
 */
export function changeRoleKeys(draft: RepositoryDraft, name: string, change: RoleKeysChange): void {
  const isTopLevel = Object.hasOwn(draft.root.roles, name);
  const role = isTopLevel ? draft.root.roles[name as TopLevelRole] : delegationOf(draft, name);
  const added = keysById(change.add);
  const keyids = [...new Set([...role.keyids, ...Object.keys(added)])].filter((id) => !change.remove.includes(id));
  const threshold = change.threshold ?? role.threshold;
  if (threshold > keyids.length) {
    throw new AshlarError(
      'usage',
      `The role ${name} would need ${threshold} signatures, and have ${keyids.length} keys.`,
      {
        hint: 'Add keys, or lower the threshold.',
      },
    );
  }
  Object.assign(role, { keyids, threshold });
  if (isTopLevel) {
    draft.root.keys = used({ ...draft.root.keys, ...added }, Object.values(draft.root.roles) as { keyids: string[] }[]);
  } else if (draft.targets.delegations !== undefined) {
    const { delegations } = draft.targets;
    delegations.keys = used({ ...delegations.keys, ...added }, delegations.roles);
  }
}

/** Says for how many days roles are signed from their next signature on; roles that are not named keep theirs. */
export function setExpiryDays(draft: RepositoryDraft, days: Partial<ExpiryDays>): void {
  const before = draft.root['ashlar'];
  const field = { ...(typeof before === 'object' ? before : {}), expiryDays: { ...expiryDays(draft.root), ...days } };
  draft.root['ashlar'] = field;
}

/** A role that lists nothing yet; version and expiry come with the signature. */
export function emptyTargets(): TargetsRole {
  return { _type: 'targets', spec_version: '', version: 0, expires: '', targets: {} };
}

/** Keys as root and delegations list them. */
export function keysById(
  keys: readonly PublicKey[],
): Record<string, { keytype: string; scheme: string; keyval: { public: string } }> {
  return Object.fromEntries(keys.map((key) => [keyId(key), { ...key, keyval: { ...key.keyval } }]));
}

function used<Key>(
  keys: Readonly<Record<string, Key>>,
  roles: readonly { readonly keyids: readonly string[] }[],
): Record<string, Key> {
  const needed = new Set(roles.flatMap(({ keyids }) => keyids));
  return Object.fromEntries(Object.entries(keys).filter(([id]) => needed.has(id)));
}

function delegationOf(draft: RepositoryDraft, name: string): { keyids: string[]; threshold: number } {
  channelRole(draft.targets, name);
  return draft.targets.delegations!.roles.find((role) => role.name === name)!;
}

function channelOf(draft: RepositoryDraft, name: string): TargetsRole {
  channelRole(draft.targets, name);
  return draft.channels.get(name)!;
}

/** Throws `usage` for a policy that nobody could read: signed once, it would close the repository to devices and to who publishes. */
function writePolicy(draft: RepositoryDraft, policy: RepositoryPolicy): void {
  const parsed = repositoryPolicySchema.safeParse(policy);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new AshlarError('usage', `${issue?.path.map(String).join('.')} cannot be signed: ${issue?.message}.`, {
      hint: 'Names of systems and versions have at most 32 characters: lower-case letters, digits, dots and hyphens.',
      cause: parsed.error,
    });
  }
  const before = draft.targets['ashlar'];
  draft.targets['ashlar'] = { ...(typeof before === 'object' ? before : {}), ...policy };
}
