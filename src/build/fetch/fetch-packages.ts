import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AshlarError } from '../../model/error.ts';
import type { Lock, LockedPackage } from '../../model/lock.ts';
import type { Progress, ProgressStep } from '../../model/progress.ts';
import { writing } from '../../store/disk-full.ts';
import { type ProgramOutput, runProgram } from '../../store/program/run-program.ts';
import type { Store } from '../../store/store.ts';
import { downloadUri } from '../resolve/apt-instance.ts';
import { hostAptSettings } from '../resolve/apt-settings.ts';
import type { Mirrors } from '../resolve/mirror.ts';
import { mirrorsFor } from '../resolve/mirrors-for.ts';
import { fetchError } from './fetch-error.ts';

/** apt downloads through one connection to a mirror, back to back; what one call brought is kept even when a later one fails. */
const PACKAGES_PER_CALL = 48;
const PROGRESS_MS = 200;
const APT_HELPER = '/usr/lib/apt/apt-helper';

export interface FetchOptions {
  /** Where to take packages from. Default: see {@link mirrorsFor}. */
  readonly mirrors?: Mirrors | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Brings every package of `lock` into `store`, by apt's own download methods (its proxies and credentials count), and checks size
 * and SHA-256. What is there already is not fetched; with everything there, the network is not touched. What arrived before an
 * error or an interruption is kept. Throws `package-gone`, `download-corrupt`, `mirror-unreachable`, `disk-full`.
 */
export async function fetchPackages(lock: Lock, store: Store, options: FetchOptions): Promise<void> {
  const missing = missingPackages(lock, store);
  if (missing.length === 0) return;
  const { progress, signal } = options;
  const mirrors = options.mirrors ?? (await mirrorsFor(lock.request, signal));
  const total = missing.reduce((sum, { size }) => sum + size, 0);
  const step = progress.begin('Fetching packages', { total, unit: 'bytes' });
  const directory = store.temporary('fetch');
  try {
    writing(store.directory, () => mkdirSync(directory, { mode: 0o700 }));
    const settings = join(directory, 'apt.conf');
    const downloads: Downloads = { mirrors, store, directory, settings, signal, step };
    writeFileSync(settings, ['APT::Sandbox::User "root";', ...(await hostAptSettings(signal)), ''].join('\n'));
    for (let at = 0; at < missing.length; at += PACKAGES_PER_CALL) {
      await download(missing.slice(at, at + PACKAGES_PER_CALL), downloads);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  store.sync();
  step.end(`${missing.length} packages`);
}

/** The packages of `lock` that `store` does not hold, each content once. */
export function missingPackages(lock: Lock, store: Store): LockedPackage[] {
  const wanted = new Map(lock.packages.map((each) => [each.sha256, each]));
  return [...wanted.values()].filter(({ sha256, size }) => store.sizeOf(sha256) !== size);
}

interface Downloads {
  readonly mirrors: Mirrors;
  readonly store: Store;
  readonly directory: string;
  readonly settings: string;
  readonly signal: AbortSignal | undefined;
  readonly step: ProgressStep;
}

async function download(packages: readonly LockedPackage[], downloads: Downloads): Promise<void> {
  const { mirrors, store, directory, settings, signal, step } = downloads;
  const files = packages.map((each) => ({ package: each, path: join(directory, each.sha256) }));
  const argv = files.flatMap(({ package: each, path }) => [packageUri(each, mirrors), path]);
  step.status(packages[0]?.name ?? '');
  let seen = 0;
  const watch = (): void => {
    const now = files.reduce((sum, { path }) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
    step.advance(now - seen);
    seen = now;
  };
  const timer = setInterval(watch, PROGRESS_MS);
  let output: ProgramOutput | undefined;
  try {
    output = await runProgram([APT_HELPER, 'download-file', ...argv], { env: { APT_CONFIG: settings }, signal });
  } finally {
    clearInterval(timer);
    watch();
    // Also when apt failed or was interrupted: what did arrive need not be fetched again.
    for (const file of files) {
      if (await isWhole(file.path, file.package)) store.adopt(file.path, file.package.sha256);
    }
  }
  const failed = packages.find(({ sha256, size }) => store.sizeOf(sha256) !== size);
  if (failed === undefined) return;
  const arrived = statSync(join(directory, failed.sha256), { throwIfNoEntry: false });
  throw output.status !== 0 || arrived === undefined
    ? fetchError(output, failed, store.directory)
    : corrupt(failed, arrived.size);
}

function packageUri({ archive, path }: LockedPackage, mirrors: Mirrors): string {
  const mirror = downloadUri(archive === 'security' ? mirrors.security : mirrors.archive);
  return `${mirror}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

async function isWhole(path: string, { size, sha256 }: LockedPackage): Promise<boolean> {
  if (statSync(path, { throwIfNoEntry: false })?.size !== size) return false;
  const digest = createHash('sha256');
  await pipeline(createReadStream(path), digest);
  return digest.digest('hex') === sha256;
}

function corrupt({ name, version, size, path }: LockedPackage, arrived: number): AshlarError {
  const what = arrived === size ? 'its SHA-256 is another' : `it has ${arrived} bytes instead of ${size}`;
  return new AshlarError(
    'download-corrupt',
    `The mirror's ${name} ${version} (${path}) is not what the lock says: ${what}.`,
    {
      hint: 'Nothing of it was kept. Try again; if it stays so, use another mirror (ASHLAR_MIRROR) and do not trust this one.',
    },
  );
}
