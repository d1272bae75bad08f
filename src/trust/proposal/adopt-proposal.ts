import { isDeepStrictEqual } from 'node:util';
import { AshlarError } from '../../model/error.ts';
import { policyOf } from '../client/refresh-trust.ts';
import { emptyTargets } from '../metadata/edit-draft.ts';
import type { Metadata } from '../metadata/parse-metadata.ts';
import { draftOf, type RepositoryDraft, type RepositoryMetadata } from '../metadata/repository-metadata.ts';
import type { Proposal } from './proposal.ts';

/**
 * The draft that a proposal comes to on top of what is published. The signatures are checked when it is committed. Throws `proposal-outdated` when something else was
 * published since it was prepared, or when it has expired; what an attempt before published of it is no obstacle.
 */
export function adoptProposal(current: RepositoryMetadata, proposal: Proposal, now: Date): RepositoryDraft {
  const { roots, targets, proposed } = proposal;
  checkBase('root', current.root, roots.at(-1), proposed.root);
  checkBase('targets', current.targets, targets, proposed.targets);
  for (const file of [proposed.root, proposed.targets]) {
    if (file === undefined || Date.parse(file.signed.expires) > now.getTime()) continue;
    throw outdated(`what it proposes has expired at ${file.signed.expires}`);
  }
  if (proposed.targets !== undefined) policyOf(proposed.targets.signed);
  const before = draftOf(current);
  const root = proposed.root?.signed ?? before.root;
  const next = proposed.targets?.signed ?? before.targets;
  const channels = (next.delegations?.roles ?? []).map(
    ({ name }) => [name, before.channels.get(name) ?? emptyTargets()] as const,
  );
  return { root, targets: next, channels: new Map(channels) };
}

function checkBase(
  role: 'root' | 'targets',
  published: Metadata<'root' | 'targets'>,
  base: Metadata<'root' | 'targets'> | undefined,
  proposed: Metadata<'root' | 'targets'> | undefined,
): void {
  // Where nothing is proposed, whatever was published meanwhile stays.
  if (proposed === undefined) return;
  if ([base, proposed].some((each) => each !== undefined && isDeepStrictEqual(each.signed, published.signed))) return;
  throw outdated(
    `it builds on version ${base?.signed.version} of ${role}, and another version ${published.signed.version} is published`,
  );
}

function outdated(why: string): AshlarError {
  return new AshlarError('proposal-outdated', `The change cannot be published any more: ${why}.`, {
    hint: 'Prepare it again from what is published now (--prepare), and let it be signed again.',
  });
}
