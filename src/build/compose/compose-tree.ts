import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { treeFromTar } from '../../formats/tar/tree-from-tar.ts';
import { type Sha256, sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { type Lock, type LockedPackage, lockEpoch, type PinnedIds, sortedPackages } from '../../model/lock.ts';
import type { Progress } from '../../model/progress.ts';
import type { DirectoryNode, FileContent } from '../../model/tree.ts';
import { writing } from '../../store/disk-full.ts';
import { contentReader } from '../../store/read-content.ts';
import type { Store } from '../../store/store.ts';
import { removeLeftover } from '../../store/sweep.ts';
import { type ControlFiles, readControlFiles } from '../package/control-files.ts';
import { assertArchitecture } from './architecture.ts';
import { readBootTree } from './boot-tree.ts';
import { type ComposedRecord, keepRecord, recallRecord } from './composed-record.ts';
import { installPackages } from './install-packages.ts';
import { assertInstalled } from './installed-packages.ts';
import { lookUp } from './look-up.ts';
import { normalise } from './normalise.ts';
import type { PackageInfo } from './package-info.ts';
import { writeRepository } from './package-repository.ts';
import { pinIds } from './pin-ids.ts';
import { readPackageInfo } from './read-package-info.ts';

/** Counts what changes composed trees for one lock: rules of normalisation, hooks, the form of the record. */
const COMPOSE_RULES_VERSION = 1;

/** dpkg prints two lines a package: unpacking, setting up. */
const STEPS_PER_PACKAGE = 2;

export interface Composed {
  /** Names this tree: the same locked packages and pinned ids have the same. */
  readonly key: Sha256;
  readonly tree: DirectoryNode;
  readonly packages: readonly PackageInfo[];
  /** The lock's pinned ids, with those of accounts added that are new. */
  readonly ids: PinnedIds;
}

export interface ComposeOptions {
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The tree of the locked packages, installed and configured by real dpkg, with what differs between two installations taken out
 * and user and group ids as the lock pins them. Its packages must be in the store. An installation is made once per set of
 * packages and kept in the store. Throws `compose-failed`, `store-incomplete`, `architecture-unsupported`, `disk-full`.
 */
export async function composeTree(lock: Lock, store: Store, options: ComposeOptions): Promise<Composed> {
  const packagesKey = composeKey(lock);
  const read = contentReader(store);
  const record = recallRecord(packagesKey, store) ?? (await installAndRecord(lock, packagesKey, store, options));
  const { tree, ids } = pinIds(record.tree, lock.ids, read);
  return { key: sha256(JSON.stringify([packagesKey, ids])), tree, packages: record.packages, ids };
}

/** What an installation depends on: the packages, the date that no file is younger than, and the rules. */
export function composeKey(lock: Lock): Sha256 {
  const packages = lock.packages.map(({ name, version, architecture, group, sha256: digest }) =>
    [group, name, version, architecture, digest].join(' '),
  );
  const epoch = lockEpoch(lock);
  return sha256(JSON.stringify([COMPOSE_RULES_VERSION, lock.request.architecture, String(epoch), packages.sort()]));
}

async function installAndRecord(
  lock: Lock,
  key: Sha256,
  store: Store,
  { progress, signal }: ComposeOptions,
): Promise<ComposedRecord> {
  await assertArchitecture(lock.request.architecture, signal);
  // In whatever order the lock names them: what depends on it must not show.
  const all = sortedPackages(lock.packages);
  const root = all.filter(({ group }) => group === 'root');
  const step = progress.begin('Installing packages', { total: root.length * STEPS_PER_PACKAGE, unit: 'items' });
  const directory = store.temporary('compose');
  try {
    writing(store.directory, () => mkdirSync(directory, { mode: 0o755 }));
    step.status('reading the packages');
    const controls = await readControlFiles(all, store, signal);
    writeRepository(join(directory, 'repository'), root, controls, store);
    const running = installPackages({
      directory,
      packages: root,
      architecture: lock.request.architecture,
      epoch: lockEpoch(lock),
      step,
      signal,
    });
    const tree = await takeTree(running, store);
    step.status('taking it into the store');
    const read = contentReader(store);
    normalise(tree, lockEpoch(lock), read);
    const status = lookUp(tree, 'var/lib/dpkg/status');
    assertInstalled(status?.type === 'file' ? read(status.content).toString('utf8') : '', lock);
    const packages = await describePackages(all, controls, tree, store, signal);
    const record = keepRecord(key, { tree, packages }, store);
    store.sync();
    step.end(`${root.length} packages`);
    return record;
  } finally {
    removeLeftover(directory);
  }
}

/** Reads the archive into the store while it is written. When one of both fails, the other is ended; what dpkg said counts first. */
async function takeTree(running: ReturnType<typeof installPackages>, store: Store): Promise<DirectoryNode> {
  const taken = treeFromTar(running.tar, async (size, data): Promise<FileContent> => {
    const parts: Buffer[] = [];
    for await (const part of data) parts.push(part);
    return { kind: 'stored', size, digest: store.put(Buffer.concat(parts)) };
  });
  const [tree, done] = await Promise.allSettled([
    taken.catch((error: unknown) => {
      running.stop();
      throw error;
    }),
    running.done,
  ]);
  if (tree.status === 'fulfilled' && done.status === 'fulfilled') return tree.value;
  // A full disk below the store is why the installation was ended, and not the other way round.
  const storeFailed =
    tree.status === 'rejected' && tree.reason instanceof AshlarError && tree.reason.code === 'disk-full';
  if (done.status === 'rejected' && !storeFailed) throw done.reason;
  throw tree.status === 'rejected' ? tree.reason : new TypeError('one of both failed');
}

async function describePackages(
  packages: readonly LockedPackage[],
  controls: ControlFiles,
  tree: DirectoryNode,
  store: Store,
  signal: AbortSignal | undefined,
): Promise<PackageInfo[]> {
  const described: PackageInfo[] = [];
  for (const each of packages) {
    const control = controls.get(each.sha256)?.stanza ?? new Map<string, string>();
    const source = each.group === 'root' ? tree : await readBootTree(store.pathOf(each.sha256), signal);
    described.push(readPackageInfo(each, control, source, contentReader(store)));
  }
  return described;
}
