import { AshlarError } from '../../model/error.ts';
import { type Lock, type LockedPackage, type LockRequest, NO_IDS } from '../../model/lock.ts';
import type { Progress } from '../../model/progress.ts';
import { installError, updateError } from './apt-errors.ts';
import { type AptInstance, openAptInstance } from './apt-instance.ts';
import type { LockedPart } from './base-packages.ts';
import { INITRAMFS_STAND_IN } from './initramfs-stand-in.ts';
import { lockRequest } from './lock-request.ts';
import { findMirrors, type Mirrors } from './mirror.ts';
import { plannedPackage } from './planned-package.ts';
import { expiredSuites, readSignedIndex } from './signed-index.ts';
import { standardMirrors } from './standard-mirrors.ts';
import { assertPackagesKnown } from './unknown-packages.ts';

export interface ResolveOptions {
  /** Where to take packages from. Default: see {@link mirrorsFor}. */
  readonly mirrors?: Mirrors | undefined;
  /** Keys that the indexes must be signed with. Default: the distribution's. */
  readonly keyring?: string | undefined;
  /** The lock that is to be renewed: its pinned ids are kept. */
  readonly previous?: Lock | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves what `definition` asks for to exact packages, by apt itself against signed indexes. Nothing of the host's packages or
 * configuration counts. Throws `package-unknown`, `unmet-dependency`, `index-unsigned`, `index-expired`, `download-corrupt`,
 * `mirror-unreachable`, `resolve-failed`.
 */
export async function resolveLock(definition: LockedPart, options: ResolveOptions): Promise<Lock> {
  const { previous, progress, signal } = options;
  const request = lockRequest(definition);
  const mirrors = options.mirrors ?? (await mirrorsFor(request, signal));
  const step = progress.begin('Resolving packages');
  const apt = await openAptInstance({
    request,
    mirrors,
    keyring: options.keyring,
    status: INITRAMFS_STAND_IN.stanza,
    signal,
  });
  try {
    step.status('reading the signed indexes');
    await updateIndexes(apt, progress);
    step.status('resolving');
    assertPackagesKnown(request, await knownPackages(apt));
    const packages = [
      ...(await installedPackages(apt, request, mirrors)),
      ...(await downloadedPackages(apt, request.boot, mirrors)),
    ];
    const indexes = request.suites.map(({ suite }) => readSignedIndex(apt.lists, suite));
    step.end(`${packages.length} packages`);
    return { format: 'ashlar-lock/1', request, indexes, packages, ids: previous?.ids ?? NO_IDS };
  } finally {
    apt.remove();
  }
}

/** `$ASHLAR_MIRROR`, else the host's own mirror, else the distribution's standard one. */
export async function mirrorsFor(request: LockRequest, signal?: AbortSignal): Promise<Mirrors> {
  const suite = request.suites[0]?.suite ?? '';
  const found = findMirrors(process.env) ?? (await standardMirrors(suite, signal));
  if (found !== undefined) return found;
  throw new AshlarError('mirror-unreachable', `No mirror is known for ${request.distribution} ${suite}.`, {
    hint: 'Name one: ASHLAR_MIRROR=http://…/debian',
  });
}

async function updateIndexes(apt: AptInstance, progress: Progress): Promise<void> {
  const output = await apt.run(['apt-get', 'update', '--error-on=any', '--quiet']);
  if (output.status !== 0) throw updateError(output);
  // Only when this machine's apt is set not to look at dates does it get here with an expired index.
  for (const suite of expiredSuites(apt.lists, Date.now())) {
    progress.note(`The index of ${suite} has expired; the settings of apt on this machine say not to mind.`);
  }
}

/** Names of real and virtual packages. */
async function knownPackages(apt: AptInstance): Promise<ReadonlySet<string>> {
  const { stdout } = await apt.run(['apt-cache', 'pkgnames']);
  return new Set(stdout.split('\n'));
}

/** What apt would install: the distribution's essential packages, what is asked for, and what all of it depends on. */
async function installedPackages(apt: AptInstance, request: LockRequest, mirrors: Mirrors): Promise<LockedPackage[]> {
  const argv = ['apt-get', 'install', '--yes', '--print-uris', '-qq', '?essential', ...request.install];
  const output = await apt.run(argv);
  if (output.status !== 0) throw installError(output, request.exclude);
  return lines(output.stdout).map((line) => plannedPackage(line, 'root', mirrors));
}

/** Single packages without what they depend on. */
async function downloadedPackages(
  apt: AptInstance,
  names: readonly string[],
  mirrors: Mirrors,
): Promise<LockedPackage[]> {
  const output = await apt.run(['apt-get', 'download', '--print-uris', '-qq', ...names]);
  if (output.status !== 0) throw installError(output, []);
  return lines(output.stdout).map((line) => plannedPackage(line, 'boot', mirrors));
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith("'"));
}
