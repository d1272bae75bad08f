import { isDeepStrictEqual } from 'node:util';
import type { Lease, RepositoryWriter } from '../../store/transport/repository-writer.ts';
import type { Signer } from '../keys/signer.ts';
import { type RoleType, TOP_LEVEL_ROLES } from './metadata-schema.ts';
import type { Metadata } from './parse-metadata.ts';
import { authorityOf, publishedDraft, type RepositoryDraft, type RepositoryMetadata } from './repository-metadata.ts';
import { missingSignatures } from './sign-metadata.ts';
import { type Authority, isSigned } from './verify-metadata.ts';
import { startsAgain } from './version-numbers.ts';

/** What others have signed beforehand, perhaps on machines without a network: it is published as it is. */
export interface PreparedFiles {
  readonly root?: Metadata<'root'> | undefined;
  readonly targets?: Metadata<'targets'> | undefined;
}

export interface Commit {
  readonly writer: RepositoryWriter;
  readonly lease: Lease;
  /** What is published; undefined where nothing is yet. */
  readonly current: RepositoryMetadata | undefined;
  readonly draft: RepositoryDraft;
  /** Roles that are signed anew although nothing of them changes. */
  readonly renew: ReadonlySet<string>;
  readonly signers: readonly Signer[];
  readonly prepared?: PreparedFiles | undefined;
  readonly now: Date;
}

export interface CommitPlan {
  /** Roles to be signed, in the order in which their files are made. */
  readonly roles: readonly string[];
  /**
   * `last`: everything else is signed by the old keys and the new, so clients with either root can follow. `first`: an old key is not at hand (it was lost, or
   * it is in other hands now), so between root and timestamp, two steps, clients find nothing that they trust, and wait. So, too, when numbers begin again.
   */
  readonly root: 'unchanged' | 'first' | 'last';
}

/** What has to be signed, and in which order: pure. */
export function planCommit(commit: Commit): CommitPlan {
  const { current, draft, renew } = commit;
  const differs = (name: string, before: Metadata<RoleType> | undefined, after: object | undefined): boolean =>
    before === undefined ||
    renew.has(name) ||
    (after !== undefined && !isDeepStrictEqual(before.signed, after)) ||
    !isSigned(before, authorityOf(draft, name));
  const listing = [...draft.channels]
    .filter(([name, role]) => differs(name, current?.channels.get(name), role))
    .map(([name]) => name);
  if (differs('targets', current?.targets, draft.targets)) listing.push('targets');
  const snapshot = listing.length > 0 || differs('snapshot', current?.snapshot, undefined);
  const timestamp = snapshot || differs('timestamp', current?.timestamp, undefined);
  const root = differs('root', current?.root, draft.root);
  const roles = [
    ...listing,
    ...(snapshot ? ['snapshot'] : []),
    ...(timestamp ? ['timestamp'] : []),
    ...(root ? ['root'] : []),
  ];
  if (!root) return { roles, root: 'unchanged' };
  return { roles, root: oldKeysSuffice(commit, roles) && !startsAgain(commit) ? 'last' : 'first' };
}

/** Who must have signed the next version of a role: who may by the draft; and while clients may still have the old root, who may by that one. */
export function authoritiesOf({ current, draft }: Commit, plan: CommitPlan, role: string): Authority[] {
  const next = authorityOf(draft, role);
  if (current === undefined) return [next];
  const isSeenWithOldRoot = plan.root === 'last' && (TOP_LEVEL_ROLES as readonly string[]).includes(role);
  return role === 'root' || isSeenWithOldRoot ? [next, authorityOf(publishedDraft(current), role)] : [next];
}

/** Whether everything that is signed anew can be signed by the keys of the published root as well. */
function oldKeysSuffice({ current, signers, prepared }: Commit, roles: readonly string[]): boolean {
  if (current === undefined) return true;
  return TOP_LEVEL_ROLES.filter((role) => role !== 'root' && roles.includes(role)).every((role) => {
    const authority = authorityOf(publishedDraft(current), role);
    const file = role === 'targets' ? prepared?.targets : undefined;
    return file === undefined ? missingSignatures(authority, signers) === 0 : isSigned(file, authority);
  });
}
