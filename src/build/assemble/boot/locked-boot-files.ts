import { isSha256, type Sha256, sha256 } from '../../../model/digest.ts';
import type { Lock } from '../../../model/lock.ts';
import type { Store } from '../../../store/store.ts';
import { type BootFiles, readBootFiles } from './boot-files.ts';

const FILES = ['busybox', 'stub', 'loader', 'bless'] as const satisfies readonly (keyof BootFiles)[];

/**
 * The files that booting takes from the lock's boot group. Its packages are unpacked once ever: the store keeps the files, and a
 * record of their digests under those of the packages. Throws what {@link readBootFiles} throws.
 */
export async function lockedBootFiles(lock: Lock, store: Store, signal?: AbortSignal): Promise<BootFiles> {
  const packages = lock.packages.filter(({ group }) => group === 'boot');
  const { architecture } = lock.request;
  const key = sha256(JSON.stringify(['boot files', architecture, packages.map((each) => each.sha256).sort()]));
  const kept = recall(store, key);
  if (kept !== undefined) return kept;
  const files = await readBootFiles(
    packages.map((each) => store.pathOf(each.sha256)),
    architecture,
    signal,
  );
  const digests = FILES.flatMap((name) => files[name] ?? []).map((bytes) => store.put(bytes));
  store.record('boot', key, Buffer.from(digests.join('\n')));
  return files;
}

function recall(store: Store, key: Sha256): BootFiles | undefined {
  const digests = store.recall('boot', key)?.toString('latin1').split('\n').filter(isSha256) ?? [];
  const [busybox, stub, loader, bless] = digests.map((digest) => store.get(digest));
  // Four digests are recorded where the lock has four files.
  if (digests.length === FILES.length && bless === undefined) return undefined;
  return busybox && stub && loader ? { busybox, stub, loader, bless } : undefined;
}
