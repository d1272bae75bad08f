import {
  authorityOf,
  publishedDraft,
  type RepositoryDraft,
  type RepositoryMetadata,
  roleFiles,
} from './repository-metadata.ts';
import { isSigned } from './verify-metadata.ts';

/** No honest repository counts so far: somebody with a stolen key did (a fast-forward attack). */
const FAST_FORWARDED = 1_000_000_000;

/** What is published, and what is to be. */
export interface VersionedChange {
  /** Undefined where nothing is yet. */
  readonly current: RepositoryMetadata | undefined;
  readonly draft: RepositoryDraft;
}

/** The number after the one that the role `name` has, or had before it was removed (TUF 5.5.5: a snapshot's roles are never older); 1 where there is none. */
export function nextVersion(change: VersionedChange, name: string): number {
  const { current } = change;
  if (current === undefined) return 1;
  const named = current.snapshot.signed.meta;
  const removed = Object.hasOwn(named, `${name}.json`) ? named[`${name}.json`]?.version : undefined;
  const present = roleFiles(current).get(name)?.signed.version ?? removed;
  if (present === undefined) return 1;
  return present >= FAST_FORWARDED && isForgotten(change) ? 1 : present + 1;
}

/** True when numbers begin again: clients with the old root would take them for a rollback. */
export function startsAgain(change: VersionedChange): boolean {
  const { current } = change;
  if (current === undefined || !isForgotten(change)) return false;
  return [...roleFiles(current).values()].some(({ signed }) => signed.version >= FAST_FORWARDED);
}

/** True when clients, by the root of the draft, forget which versions they have seen (TUF 5.3.11): so that numbers can begin again. */
function isForgotten({ current, draft }: VersionedChange): boolean {
  if (current === undefined) return false;
  const published = publishedDraft(current);
  return (['snapshot', 'timestamp'] as const).some((role) => {
    const { keyids } = authorityOf(published, role).role;
    const next = authorityOf(draft, role);
    // Unsigned: a rotation was cut off behind its root, and this is the rest of it.
    return keyids.some((id) => !next.role.keyids.includes(id)) || !isSigned(current[role], next);
  });
}
