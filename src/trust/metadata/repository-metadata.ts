import { rootAuthority } from '../client/update-root.ts';
import type { RoleType, RootRole, TargetsRole, TopLevelRole } from './metadata-schema.ts';
import type { Metadata } from './parse-metadata.ts';
import type { Authority } from './verify-metadata.ts';

/** All metadata of a repository at one time, verified. */
export interface RepositoryMetadata {
  readonly root: Metadata<'root'>;
  readonly targets: Metadata<'targets'>;
  /** By name: every role that targets delegates to. */
  readonly channels: ReadonlyMap<string, Metadata<'targets'>>;
  readonly snapshot: Metadata<'snapshot'>;
  readonly timestamp: Metadata<'timestamp'>;
}

/** What a publisher decides; snapshot and timestamp follow from it. Versions and expiries are set when it is committed. */
export interface RepositoryDraft {
  root: RootRole;
  targets: TargetsRole;
  readonly channels: Map<string, TargetsRole>;
}

/** Who may sign the role `name` by what a draft says: a role of TUF, or a channel. */
export function authorityOf(draft: Pick<RepositoryDraft, 'root' | 'targets'>, name: string): Authority {
  if (isTopLevel(name)) return rootAuthority(draft.root, name);
  const delegation = draft.targets.delegations?.roles.find((role) => role.name === name);
  // Nobody may sign what nobody delegates to.
  const role = delegation ?? { keyids: [], threshold: 1 };
  return { role, keys: draft.targets.delegations?.keys ?? {} };
}

/** What is published, as far as it says who may sign what. */
export function publishedDraft({ root, targets }: RepositoryMetadata): Pick<RepositoryDraft, 'root' | 'targets'> {
  return { root: root.signed, targets: targets.signed };
}

/** The same repository as something to change. */
export function draftOf({ root, targets, channels }: RepositoryMetadata): RepositoryDraft {
  return {
    root: structuredClone(root.signed),
    targets: structuredClone(targets.signed),
    channels: new Map([...channels].map(([name, { signed }]) => [name, structuredClone(signed)])),
  };
}

function isTopLevel(name: string): name is TopLevelRole {
  return name === 'root' || name === 'targets' || name === 'snapshot' || name === 'timestamp';
}

/** Every file of a repository's metadata by the name of its role, in the order in which a client verifies them. */
export function roleFiles(metadata: RepositoryMetadata): Map<string, Metadata<RoleType>> {
  const { root, timestamp, snapshot, targets, channels } = metadata;
  return new Map<string, Metadata<RoleType>>([
    ['root', root],
    ['timestamp', timestamp],
    ['snapshot', snapshot],
    ['targets', targets],
    ...channels,
  ]);
}
