import { sha256 } from '../../model/digest.ts';
import type { PreflightRequirement } from '../../model/preflight-requirement.ts';
import type { DirectoryFiles } from '../../store/transport/directory/directory-files.ts';
import { directoryWriter } from '../../store/transport/directory/directory-writer.ts';
import type { RepositoryWriter } from '../../store/transport/repository-writer.ts';
import { refreshTrust, type TrustedChannel } from '../client/refresh-trust.ts';
import { type SimulatedSigner, simulatedSigner } from '../client/simulator/simulated-signer.fixture.ts';
import { memoryTrustStore, type TrustStore } from '../client/trust-store.ts';
import type { Signer } from '../keys/signer.ts';
import type { NewRelease } from './edit-draft.ts';
import { initTrust } from './init-trust.ts';
import { openTrust, type TrustEditor } from './open-trust.ts';

export const NOW = new Date('2030-01-01T00:00:00Z');
export const ROLES = ['root', 'targets', 'snapshot', 'timestamp', 'candidate', 'stable'] as const;
export type Role = (typeof ROLES)[number];

export interface Publisher {
  readonly files: DirectoryFiles;
  readonly writer: RepositoryWriter;
  readonly root: Buffer;
  readonly keys: Record<Role, SimulatedSigner[]>;
}

/** A new repository with two channels and one key for each role, two for root. */
export async function publisher(files: DirectoryFiles, now = NOW): Promise<Publisher> {
  const writer = directoryWriter(files);
  const keys = Object.fromEntries(ROLES.map((role) => [role, [simulatedSigner()]])) as Publisher['keys'];
  keys.root.push(simulatedSigner());
  const one = (role: Role) => ({ signers: keys[role], threshold: 1 });
  const channel = (role: Role, preflight: PreflightRequirement) => ({
    ...one(role),
    systems: [],
    policy: { preflight },
  });
  const lease = await writer.lock('test');
  const root = await initTrust({
    writer,
    lease,
    roles: {
      root: { signers: keys.root, threshold: 2 },
      targets: one('targets'),
      snapshot: one('snapshot'),
      timestamp: one('timestamp'),
    },
    channels: { candidate: channel('candidate', 'not-required'), stable: channel('stable', 'required') },
    now,
  });
  await lease.release();
  return { files, writer, root, keys };
}

export interface EditOptions {
  readonly signers?: readonly Signer[];
  readonly writer?: RepositoryWriter;
  readonly now?: Date;
  readonly store?: TrustStore;
}

export async function edit<Result>(
  { writer: own, root, keys }: Publisher,
  work: (trust: TrustEditor) => Promise<Result>,
  { signers = Object.values(keys).flat(), writer = own, now = NOW, store = memoryTrustStore() }: EditOptions = {},
): Promise<Result> {
  const lease = await own.lock('test');
  try {
    return await work(await openTrust({ writer, lease, signers, root, now, store }));
  } finally {
    await lease.release();
  }
}

export function release(version: string, content = version): NewRelease {
  return {
    manifest: { length: 100, sha256: sha256(content) },
    custom: { name: 'web', version, rootHash: sha256(`root ${content}`), created: 0 },
  };
}

export function device(
  { writer, root }: Publisher,
  store = memoryTrustStore(),
  channel = 'stable',
  now = NOW,
): Promise<TrustedChannel> {
  return refreshTrust({ store, source: writer, builtInRoot: root, channel, now });
}

export function versions({ releases }: TrustedChannel): string[] {
  return releases.map(({ version }) => version).sort();
}

/** What a rotation does with the keys. */
export interface Rotation {
  readonly name: string;
  readonly roles: readonly Role[];
  /** The old keys are lost, those of root excepted. */
  readonly lost: boolean;
  readonly signed: readonly string[];
}

export const ROTATIONS: readonly Rotation[] = [
  { name: 'root', roles: ['root'], lost: false, signed: ['root'] },
  { name: 'timestamp', roles: ['timestamp'], lost: false, signed: ['timestamp', 'root'] },
  { name: 'timestamp, the old key lost', roles: ['timestamp'], lost: true, signed: ['timestamp', 'root'] },
  { name: 'snapshot', roles: ['snapshot'], lost: false, signed: ['snapshot', 'timestamp', 'root'] },
  { name: 'targets', roles: ['targets'], lost: false, signed: ['targets', 'snapshot', 'timestamp', 'root'] },
  {
    name: 'targets, the old key lost',
    roles: ['targets'],
    lost: true,
    signed: ['targets', 'snapshot', 'timestamp', 'root'],
  },
  { name: 'a channel', roles: ['stable'], lost: true, signed: ['stable', 'targets', 'snapshot', 'timestamp'] },
  {
    name: 'all of them at once',
    roles: ROLES,
    lost: false,
    signed: ['candidate', 'stable', 'targets', 'snapshot', 'timestamp', 'root'],
  },
  {
    name: 'all of them at once, all but root lost',
    roles: ROLES,
    lost: true,
    signed: ['candidate', 'stable', 'targets', 'snapshot', 'timestamp', 'root'],
  },
];

/** Replaces the keys of `roles` by `fresh` ones; `signers` are those at hand. */
export async function rotate(own: Publisher, { roles }: Rotation, fresh: Publisher['keys'], options: EditOptions) {
  return edit(
    own,
    async (trust) => {
      for (const role of roles) {
        trust.changeKeys(role, {
          add: fresh[role].map(({ key }) => key),
          remove: own.keys[role].map(({ id }) => id),
        });
      }
      return trust.commit();
    },
    options,
  );
}

export function freshKeys(own: Publisher): Publisher['keys'] {
  const entries = ROLES.map((role) => [role, own.keys[role].map(() => simulatedSigner())]);
  return Object.fromEntries(entries) as Publisher['keys'];
}

/** The signers at hand during a rotation. */
export function atHand(own: Publisher, { roles, lost }: Rotation, fresh: Publisher['keys']): SimulatedSigner[] {
  const old = ROLES.filter((role) => !lost || role === 'root' || !roles.includes(role)).flatMap(
    (role) => own.keys[role],
  );
  return [...old, ...ROLES.flatMap((role) => fresh[role])];
}

/** A power cut: the writer does `steps` of its writing steps and then nothing any more. */
export function cutAfter(writer: RepositoryWriter, steps: number): RepositoryWriter & { readonly done: () => number } {
  let done = 0;
  const step = <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (done >= steps) return Promise.reject(new Error('power cut'));
    done += 1;
    return work();
  };
  return {
    ...writer,
    create: (path, content) => step(() => writer.create(path, content)),
    replace: (path, bytes) => step(() => writer.replace(path, bytes)),
    remove: (path) => step(() => writer.remove(path)),
    done: () => done,
  };
}
