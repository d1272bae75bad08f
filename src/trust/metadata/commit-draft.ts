import { isDeepStrictEqual } from 'node:util';
import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { METADATA_FOLDER } from '../../model/repository.ts';
import type { Lease, RepositoryWriter } from '../../store/transport/repository-writer.ts';
import type { Signer } from '../keys/signer.ts';
import { type ExpiryDays, expiresAfter, expiryDays } from './expiry.ts';
import { type RoleType, type RoleTypes, SPEC_VERSION, TOP_LEVEL_ROLES } from './metadata-schema.ts';
import type { Metadata } from './parse-metadata.ts';
import { authorityOf, type RepositoryDraft, type RepositoryMetadata, roleFiles } from './repository-metadata.ts';
import { checkSigners, missingSignatures, signMetadata } from './sign-metadata.ts';
import { type Authority, countSignatures } from './verify-metadata.ts';

export interface Commit {
  readonly writer: RepositoryWriter;
  readonly lease: Lease;
  /** What is published; undefined where nothing is yet. */
  readonly current: RepositoryMetadata | undefined;
  readonly draft: RepositoryDraft;
  /** Roles that are signed anew although nothing of them changes. */
  readonly renew: ReadonlySet<string>;
  readonly signers: readonly Signer[];
  readonly now: Date;
}

/**
 * Publishes what differs between `current` and `draft`, so that a client sees the one or the other, whatever is cut when: first the roles that list targets, then a
 * snapshot that names them, at last the timestamp that names the snapshot. Until that one is replaced, nothing new is named by anything. Files under a number are never
 * changed: where a publisher that was cut off left one, the next number is taken.
 *
 * Returns the names of the roles that were signed; none when nothing differs. Throws `signers-insufficient` before anything is written.
 */
export async function commitDraft(commit: Commit): Promise<string[]> {
  const plan = planCommit(commit);
  for (const role of plan.roles) checkSigners(`${role}.json`, authorities(commit, plan, role), commit.signers);
  if (plan.root === 'first') await writeRoot(commit);
  const written = new Map<string, Metadata<'targets'>>();
  for (const name of plan.roles) {
    const role = name === 'targets' ? commit.draft.targets : commit.draft.channels.get(name);
    if (role !== undefined) written.set(name, await writeNumbered(commit, plan, name, 'targets', role));
  }
  const snapshot = plan.roles.includes('snapshot') ? await writeSnapshot(commit, plan, written) : undefined;
  if (plan.roles.includes('timestamp')) await writeTimestamp(commit, plan, snapshot);
  if (plan.root === 'last') await writeRoot(commit);
  return plan.roles;
}

interface Plan {
  /** Roles to be signed. */
  readonly roles: string[];
  /**
   * `last`: everything else is signed by the old keys and the new, so clients with either root can follow. `first`: an old key is not at hand (it was lost, or
   * it is in other hands now), so between root and timestamp, two steps, clients find nothing that they trust, and wait. So, too, when numbers begin again.
   */
  readonly root: 'unchanged' | 'first' | 'last';
}

/** What has to be signed, and in which order: pure. */
function planCommit(commit: Commit): Plan {
  const { current, draft, renew, signers } = commit;
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
  const oldKeysAtHand =
    current === undefined ||
    TOP_LEVEL_ROLES.filter((role) => role !== 'root' && roles.includes(role)).every(
      (role) => missingSignatures(authorityOf(oldDraft(current), role), signers) === 0,
    );
  return { roles, root: oldKeysAtHand && !beginsAgain(commit) ? 'last' : 'first' };
}

function isSigned(metadata: Metadata<RoleType>, authority: Authority): boolean {
  return countSignatures(metadata, authority) >= authority.role.threshold;
}

/** Who must have signed the next version of a role: who may by the draft; and while clients may still have the old root, who may by that one. */
function authorities({ current, draft }: Commit, plan: Plan, role: string): Authority[] {
  const next = authorityOf(draft, role);
  if (current === undefined) return [next];
  const isRootToBe = role === 'root';
  const isSeenWithOldRoot = plan.root === 'last' && (TOP_LEVEL_ROLES as readonly string[]).includes(role);
  return isRootToBe || isSeenWithOldRoot ? [next, authorityOf(oldDraft(current), role)] : [next];
}

function oldDraft({ root, targets }: RepositoryMetadata): Pick<RepositoryDraft, 'root' | 'targets'> {
  return { root: root.signed, targets: targets.signed };
}

/** Roots appear under their number, and clients take them as soon as they do: there is one for each number, ever. */
async function writeRoot(commit: Commit): Promise<void> {
  const { writer, lease, current, draft } = commit;
  const version = (current?.root.signed ?? draft.root).version + 1;
  const body = { ...draft.root, ...heading(commit, 'root'), version };
  const file = `${version}.root.json`;
  const signed = await signMetadata(
    body,
    'root',
    file,
    authorities(commit, { roles: [], root: 'last' }, 'root'),
    commit.signers,
  );
  await lease.renew();
  if (await writer.create(`${METADATA_FOLDER}/${file}`, signed.bytes)) return;
  throw new AshlarError('repository-locked', `Somebody else has published ${file} meanwhile.`, {
    hint: 'Run the command again: it begins with what is there now.',
  });
}

async function writeSnapshot(
  commit: Commit,
  plan: Plan,
  written: ReadonlyMap<string, Metadata<'targets'>>,
): Promise<Metadata<'snapshot'>> {
  const { current } = commit;
  const meta = { ...current?.snapshot.signed.meta };
  for (const [name, metadata] of written) meta[`${name}.json`] = describe(metadata);
  const body = { ...current?.snapshot.signed, _type: 'snapshot' as const, meta, ...heading(commit, 'snapshot') };
  return writeNumbered(commit, plan, 'snapshot', 'snapshot', { ...body, version: 0 });
}

async function writeTimestamp(commit: Commit, plan: Plan, fresh: Metadata<'snapshot'> | undefined): Promise<void> {
  const { current, writer, lease, signers } = commit;
  const snapshot = fresh ?? current?.snapshot;
  if (snapshot === undefined) throw new TypeError('a timestamp without a snapshot');
  const body = {
    ...current?.timestamp.signed,
    _type: 'timestamp' as const,
    meta: { 'snapshot.json': describe(snapshot) },
    ...heading(commit, 'timestamp'),
    version: nextVersion(commit, 'timestamp'),
  };
  const file = 'timestamp.json';
  const metadata = await signMetadata(body, 'timestamp', file, authorities(commit, plan, 'timestamp'), signers);
  await lease.renew();
  await writer.replace(`${METADATA_FOLDER}/${file}`, metadata.bytes);
}

/** Writes the next version of a role under its number: the first that is free. */
async function writeNumbered<Type extends 'targets' | 'snapshot'>(
  commit: Commit,
  plan: Plan,
  name: string,
  type: Type,
  role: RoleTypes[Type],
): Promise<Metadata<Type>> {
  const { writer, signers } = commit;
  for (let version = nextVersion(commit, name); ; version += 1) {
    const file = `${version}.${name}.json`;
    const body: RoleTypes[Type] = { ...role, ...heading(commit, name), version };
    const metadata = await signMetadata(body, type, file, authorities(commit, plan, name), signers);
    if (await writer.create(`${METADATA_FOLDER}/${file}`, metadata.bytes)) return metadata;
  }
}

/** No honest repository counts so far: somebody with a stolen key did (a fast-forward attack). */
const FAST_FORWARDED = 1_000_000_000;

function nextVersion(commit: Commit, name: string): number {
  const present = commit.current === undefined ? undefined : roleFiles(commit.current).get(name)?.signed.version;
  if (present === undefined) return 1;
  return present >= FAST_FORWARDED && isForgotten(commit) ? 1 : present + 1;
}

/** True when clients, by the root of the draft, forget which versions they have seen (TUF 5.3.11): so that numbers can begin again. */
function isForgotten({ current, draft }: Commit): boolean {
  if (current === undefined) return false;
  return (['snapshot', 'timestamp'] as const).some((role) => {
    const { keyids } = authorityOf(oldDraft(current), role).role;
    const next = authorityOf(draft, role);
    // Unsigned: a rotation was cut off behind its root, and this is the rest of it.
    return keyids.some((id) => !next.role.keyids.includes(id)) || !isSigned(current[role], next);
  });
}

/** True when numbers begin again: clients with the old root would take them for a rollback. */
function beginsAgain(commit: Commit): boolean {
  const { current } = commit;
  if (current === undefined || !isForgotten(commit)) return false;
  return [...roleFiles(current).values()].some(({ signed }) => signed.version >= FAST_FORWARDED);
}

/** What a role says of itself, whatever its type. */
function heading({ draft, now }: Commit, name: string): { spec_version: string; expires: string } {
  const days = expiryDays(draft.root);
  return { spec_version: SPEC_VERSION, expires: expiresAfter(now, days[expiryClass(name)]) };
}

/** Which of the expiry times applies to the role `name`. */
export function expiryClass(name: string): keyof ExpiryDays {
  return (TOP_LEVEL_ROLES as readonly string[]).includes(name) ? (name as keyof ExpiryDays) : 'channel';
}

/** A metadata file, as the one above it names it: with length and hash, so that no two times can be mixed. */
function describe({ bytes, signed }: Metadata<RoleType>): {
  version: number;
  length: number;
  hashes: { sha256: string };
} {
  return { version: signed.version, length: bytes.length, hashes: { sha256: sha256(bytes) } };
}
