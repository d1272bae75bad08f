import type { RepositoryPolicy } from '../../model/repository.ts';
import type { Lease, RepositoryWriter } from '../../store/transport/repository-writer.ts';
import { policyOf } from '../client/refresh-trust.ts';
import { memoryTrustStore, type TrustStore } from '../client/trust-store.ts';
import type { TrustedRelease } from '../client/trusted-release.ts';
import type { Signer } from '../keys/signer.ts';
import { adoptProposal } from '../proposal/adopt-proposal.ts';
import { prepareProposal } from '../proposal/prepare-proposal.ts';
import type { Proposal } from '../proposal/proposal.ts';
import { checkCommit, commitDraft } from './commit-draft.ts';
import {
  addChannel,
  addRelease,
  type ChannelPolicy,
  changeRoleKeys,
  type NewChannel,
  type NewRelease,
  type RoleKeysChange,
  releasesOf,
  removeChannel,
  removeRelease,
  setChannelPolicy,
  setExpiryDays,
  setFloor,
} from './edit-draft.ts';
import type { ExpiryDays } from './expiry.ts';
import { loadRepository } from './load-repository.ts';
import type { Commit, PreparedFiles } from './plan-commit.ts';
import { draftOf, type RepositoryMetadata } from './repository-metadata.ts';

export interface OpenTrustOptions {
  readonly writer: RepositoryWriter;
  /** The right to write, from {@link RepositoryWriter.lock}: what is read now is what will be built on. */
  readonly lease: Lease;
  readonly signers: readonly Signer[];
  /** The bytes of the `root.json` that the publisher has; any version of it, the newest is found from there. */
  readonly root: Buffer;
  readonly now: Date;
  /** What this publisher has seen before; without it, an old state that somebody put back is not noticed. */
  readonly store?: TrustStore;
  readonly signal?: AbortSignal;
}

/** The trust of a repository, open to be changed. Nothing is written before {@link TrustEditor.commit}. */
export interface TrustEditor {
  /** What is published now. */
  readonly current: () => RepositoryMetadata;
  readonly channels: () => string[];
  readonly policy: () => RepositoryPolicy;
  /** The releases of a channel as they will be, by name and the order of versions. Throws `channel-unknown`, like all that takes a channel. */
  readonly releases: (channel: string) => TrustedRelease[];
  readonly addRelease: (channel: string, release: NewRelease) => void;
  readonly removeRelease: (channel: string, name: string, version: string) => boolean;
  readonly setFloor: (name: string, version: string) => void;
  readonly setChannelPolicy: (channel: string, policy: ChannelPolicy) => void;
  readonly addChannel: (name: string, channel: NewChannel) => void;
  readonly removeChannel: (name: string) => void;
  readonly changeKeys: (role: string, change: RoleKeysChange) => void;
  /** More keys to sign with: those that were made meanwhile. */
  readonly addSigners: (signers: readonly Signer[]) => void;
  readonly setExpiryDays: (days: Partial<ExpiryDays>) => void;
  /** Has a role signed anew by the next commit, though nothing of it changes: its time begins again. */
  readonly renew: (role: string) => void;
  /** Throws `signers-insufficient` when the keys at hand cannot sign the changes: before hours of sending. */
  readonly checkSigners: () => void;
  /** What others must sign of the changes, in a file for them; `about` says what was asked for. Nothing is written. */
  readonly prepare: (about: string) => Promise<Proposal>;
  /** Takes over what others have signed, instead of all changes so far. Throws `proposal-outdated`. */
  readonly adopt: (proposal: Proposal) => void;
  /** Publishes the changes and gives the roles that were signed; none when there were no changes. See {@link commitDraft}. */
  readonly commit: () => Promise<string[]>;
  /** Whether a commit has begun to write: before that, nobody knows of anything new. */
  readonly hasWritten: () => boolean;
}

/**
 * Opens the trust of the repository behind `writer`. What is there is verified first, as a device would: a publisher must not sign what somebody else put there.
 * Throws what `refreshTrust` throws, `metadata-expired` excepted.
 */
export async function openTrust(options: OpenTrustOptions): Promise<TrustEditor> {
  const { writer, lease, signers, now, store = memoryTrustStore() } = options;
  const load = (): Promise<RepositoryMetadata> => loadRepository({ ...options, source: writer, store });
  let current = await load();
  let draft = draftOf(current);
  const renew = new Set<string>();
  let hasWritten = false;
  const watched: RepositoryWriter = {
    ...writer,
    create(path, content) {
      hasWritten = true;
      return writer.create(path, content);
    },
    replace(path, bytes) {
      hasWritten = true;
      return writer.replace(path, bytes);
    },
  };
  const allSigners = [...signers];
  let prepared: PreparedFiles | undefined;
  const change = (): Commit => ({ writer: watched, lease, current, draft, renew, signers: allSigners, prepared, now });
  return {
    current: () => current,
    channels: () => [...draft.channels.keys()],
    policy: () => policyOf(draft.targets),
    releases: (channel) => releasesOf(draft, channel),
    addRelease: (channel, release) => addRelease(draft, channel, release),
    removeRelease: (channel, name, version) => removeRelease(draft, channel, name, version),
    setFloor: (name, version) => setFloor(draft, name, version),
    setChannelPolicy: (channel, policy) => setChannelPolicy(draft, channel, policy),
    addChannel: (name, channel) => addChannel(draft, name, channel),
    removeChannel: (name) => removeChannel(draft, name),
    changeKeys: (role, change) => changeRoleKeys(draft, role, change),
    addSigners: (more) => allSigners.push(...more),
    setExpiryDays: (days) => setExpiryDays(draft, days),
    renew: (role) => renew.add(role),
    prepare: (about) => prepareProposal(change(), about),
    adopt(proposal) {
      draft = adoptProposal(current, proposal, now);
      prepared = proposal.proposed;
    },
    checkSigners: () => checkCommit(change()),
    async commit() {
      // What is published must be remembered: a folder that cannot be written is better noticed before.
      store.write('timestamp.json', current.timestamp.bytes);
      const signed = await commitDraft(change());
      // What was published is read back and verified: as devices will.
      current = await load();
      draft = draftOf(current);
      renew.clear();
      prepared = undefined;
      return signed;
    },
    hasWritten: () => hasWritten,
  };
}
