import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { METADATA_FOLDER } from '../../model/repository.ts';
import { expiresAfter, expiryClass, expiryDays } from './expiry.ts';
import { type RoleType, type RoleTypes, SPEC_VERSION } from './metadata-schema.ts';
import type { Metadata } from './parse-metadata.ts';
import { authoritiesOf, type Commit, type CommitPlan, type PreparedFiles, planCommit } from './plan-commit.ts';
import { checkSigned, checkSigners, signBody, signMetadata } from './sign-metadata.ts';
import { nextVersion } from './version-numbers.ts';

/**
 * Publishes what differs between `current` and `draft`, so that a client sees the one or the other, whatever is cut when: first the roles that list targets, then a
 * snapshot that names them, at last the timestamp that names the snapshot. Until that one is replaced, nothing new is named by anything. Files under a number are never
 * changed: where a publisher that was cut off left one, the next number is taken.
 *
 * Everything is signed before anything is written: a key that does not open, a token that nobody touches, a person who gives up leave the repository as it was.
 *
 * Returns the names of the roles that were signed; none when nothing differs. Throws `signers-insufficient`, and what signing throws, before anything is written.
 */
export async function commitDraft(commit: Commit): Promise<string[]> {
  const plan = planCommit(commit);
  checkCommit(commit, plan);
  const files = await signFiles(commit, plan);
  if (plan.root === 'first') await writeNumbered(commit, files, 'root');
  for (const role of plan.roles) {
    if (role === 'timestamp') await writeTimestamp(commit, files);
    else if (role !== 'root') await writeNumbered(commit, files, role);
  }
  if (plan.root === 'last') await writeNumbered(commit, files, 'root');
  return [...plan.roles];
}

/** Throws `signers-insufficient` when the keys at hand cannot sign what {@link commitDraft} would: before hours of sending, say. */
export function checkCommit(commit: Commit, plan: CommitPlan = planCommit(commit)): void {
  for (const role of plan.roles) {
    const authorities = authoritiesOf(commit, plan, role);
    const prepared = preparedFile(commit, role);
    if (prepared === undefined) checkSigners(`${role}.json`, authorities, commit.signers);
    else checkSigned(prepared, authorities, `${prepared.signed.version}.${role}.json`);
  }
}

/**
 * Root and targets as {@link commitDraft} would publish them, those of them that change, signed by the keys at hand, be they enough or not: for others to sign as well.
 */
export async function prepareFiles(commit: Commit): Promise<PreparedFiles> {
  const plan = planCommit(commit);
  const { root, targets } = commit.draft;
  const prepare = async <Type extends 'root' | 'targets'>(
    role: Type,
    draft: RoleTypes[Type],
  ): Promise<Metadata<Type> | undefined> => {
    if (!plan.roles.includes(role)) return undefined;
    const body = await nextBody(commit, role, draft);
    // By the keys of the published root too: clients that still have it can follow then.
    const authorities = authoritiesOf(commit, { ...plan, root: 'last' }, role);
    return signBody(body, role, `${body.version}.${role}.json`, authorities, commit.signers);
  };
  return { root: await prepare('root', root), targets: await prepare('targets', targets) };
}

type SignedFiles = ReadonlyMap<string, Metadata<RoleType>>;

/** The files of the plan's roles, each naming those before it. */
async function signFiles(commit: Commit, plan: CommitPlan): Promise<SignedFiles> {
  const { draft, current } = commit;
  const files = new Map<string, Metadata<RoleType>>();
  const sign = async <Type extends RoleType>(role: string, type: Type, body: RoleTypes[Type]): Promise<void> => {
    const next = await nextBody(commit, role, body);
    const file = role === 'timestamp' ? 'timestamp.json' : `${next.version}.${role}.json`;
    files.set(role, await signMetadata(next, type, file, authoritiesOf(commit, plan, role), commit.signers));
  };
  for (const role of plan.roles) {
    const prepared = preparedFile(commit, role);
    if (prepared !== undefined) files.set(role, prepared);
    else if (role === 'root') await sign(role, 'root', draft.root);
    else if (role === 'snapshot') await sign(role, 'snapshot', snapshotOf(commit, files));
    else if (role === 'timestamp') {
      const snapshot = files.get('snapshot') ?? current?.snapshot;
      if (snapshot === undefined) throw new TypeError('a timestamp without a snapshot');
      const meta = { 'snapshot.json': describe(snapshot) };
      await sign(role, 'timestamp', { ...current?.timestamp.signed, _type: 'timestamp', meta, ...UNSIGNED_HEADING });
    } else await sign(role, 'targets', role === 'targets' ? draft.targets : draft.channels.get(role)!);
  }
  return files;
}

/** What {@link nextBody} replaces. */
const UNSIGNED_HEADING = { spec_version: SPEC_VERSION, version: 0, expires: '' } as const;

function snapshotOf({ current }: Commit, files: SignedFiles): RoleTypes['snapshot'] {
  const before = current?.snapshot.signed;
  const meta = { ...before?.meta };
  for (const [name, metadata] of files) meta[`${name}.json`] = describe(metadata);
  return { ...before, _type: 'snapshot', meta, ...UNSIGNED_HEADING };
}

/** The role with its next number and the time until which it is good. */
async function nextBody<Type extends RoleType>(
  commit: Commit,
  role: string,
  body: RoleTypes[Type],
): Promise<RoleTypes[Type]> {
  const { draft, now } = commit;
  const expires = expiresAfter(now, expiryDays(draft.root)[expiryClass(role)]);
  return { ...body, spec_version: SPEC_VERSION, expires, version: await freeVersion(commit, role) };
}

/** Roots have one number after the other, ever; of the others the first is taken that no publisher left behind who was cut off. */
async function freeVersion(commit: Commit, role: string): Promise<number> {
  const { writer, current, draft } = commit;
  if (role === 'root') return (current?.root.signed ?? draft.root).version + 1;
  let version = nextVersion(commit, role);
  if (role === 'timestamp') return version;
  while ((await writer.sizeOf(`${METADATA_FOLDER}/${version}.${role}.json`)) !== undefined) version += 1;
  return version;
}

/** Creates the file of a role under its number. One that others have signed may be there: a publisher was cut off behind it. */
async function writeNumbered({ writer, lease }: Commit, files: SignedFiles, role: string): Promise<void> {
  const { signed, bytes } = files.get(role)!;
  const path = `${METADATA_FOLDER}/${signed.version}.${role}.json`;
  await lease.renew();
  if (await writer.create(path, bytes)) return;
  const there = await writer.read(path, { maxBytes: Number.MAX_SAFE_INTEGER });
  if (there?.equals(bytes) === true) return;
  throw new AshlarError('repository-locked', `Somebody else has published ${path} meanwhile.`, {
    hint: 'Run the command again: it begins with what is there now. What others have signed must be prepared and signed again.',
  });
}

async function writeTimestamp({ writer, lease }: Commit, files: SignedFiles): Promise<void> {
  await lease.renew();
  await writer.replace(`${METADATA_FOLDER}/timestamp.json`, files.get('timestamp')!.bytes);
}

function preparedFile({ prepared }: Commit, role: string): Metadata<'root' | 'targets'> | undefined {
  return role === 'root' ? prepared?.root : role === 'targets' ? prepared?.targets : undefined;
}

/** A metadata file, as the one above it names it: with length and hash, so that no two times can be mixed. */
function describe({ bytes, signed }: Metadata<RoleType>): {
  version: number;
  length: number;
  hashes: { sha256: string };
} {
  return { version: signed.version, length: bytes.length, hashes: { sha256: sha256(bytes) } };
}
