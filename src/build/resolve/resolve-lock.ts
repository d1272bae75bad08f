import { type Lock, type LockedPackage, type LockRequest, NO_IDS, sortedPackages } from '../../model/lock.ts';
import type { Progress } from '../../model/progress.ts';
import type { Store } from '../../store/store.ts';
import { readControlFiles } from '../package/control-files.ts';
import { installError, updateError } from './apt-errors.ts';
import { type AptInstance, openAptInstance } from './apt-instance.ts';
import type { LockedPart } from './base-packages.ts';
import { type InstalledState, installedState, NOTHING_INSTALLED } from './installed-state.ts';
import { sameContents } from './lock-changes.ts';
import { lockRequest } from './lock-request.ts';
import type { Mirrors } from './mirror.ts';
import { mirrorsFor } from './mirrors-for.ts';
import { plannedPackage } from './planned-package.ts';
import { expiredSuites, readSignedIndex } from './signed-index.ts';
import { assertPackagesKnown } from './unknown-packages.ts';

export interface ResolveOptions {
  /** Where to take packages from. Default: see {@link mirrorsFor}. */
  readonly mirrors?: Mirrors | undefined;
  /** Keys that the indexes must be signed with. Default: the distribution's. */
  readonly keyring?: string | undefined;
  /** Lines of apt.conf(5). Default: what the host's apt is set to for reaching mirrors. */
  readonly settings?: readonly string[] | undefined;
  /** The lock that is to be renewed: its pinned ids are kept, and its versions as far as `update` says. */
  readonly previous?: Lock | undefined;
  /**
   * Which packages of `previous` may change: all (the default), or those named, with what they then need. Changing only some
   * needs the packages of `previous` in `store`.
   */
  readonly update?: 'all' | { readonly only: readonly string[]; readonly store: Store } | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves what `definition` asks for to exact packages, by apt itself against signed indexes. Nothing of the host's packages or
 * configuration counts. When nothing changes, `previous` itself is the result. Throws `package-unknown`, `unmet-dependency`,
 * `index-unsigned`, `index-expired`, `download-corrupt`, `mirror-unreachable`, `resolve-failed`.
 */
export async function resolveLock(definition: LockedPart, options: ResolveOptions): Promise<Lock> {
  const { previous, progress, signal } = options;
  const request = lockRequest(definition);
  const start = await startOf(request, options);
  const mirrors = options.mirrors ?? (await mirrorsFor(request, signal));
  const step = progress.begin('Resolving packages');
  const { keyring, settings } = options;
  const apt = await openAptInstance({ request, mirrors, keyring, settings, installed: start.installed, signal });
  try {
    step.status('reading the signed indexes');
    await updateIndexes(apt, progress);
    step.status('resolving');
    assertPackagesKnown({ ...request, install: [...request.install, ...start.update] }, await knownPackages(apt));
    const packages = sortedPackages([
      ...(await rootPackages(apt, request, mirrors, start)),
      ...(await bootPackages(apt, request.boot, mirrors, start)),
    ]);
    const indexes = request.suites.map(({ suite }) => readSignedIndex(apt.lists, suite));
    step.end(`${packages.length} packages`);
    const lock: Lock = { format: 'ashlar-lock/1', request, indexes, packages, ids: previous?.ids ?? NO_IDS };
    return previous !== undefined && sameContents(previous, lock) ? previous : lock;
  } finally {
    apt.remove();
  }
}

/** From where apt sets out: what is as good as installed, and what of it may change. */
interface Start {
  readonly installed: InstalledState;
  readonly kept: readonly LockedPackage[];
  readonly update: readonly string[];
}

const FROM_NOTHING: Start = { installed: NOTHING_INSTALLED, kept: [], update: [] };

async function startOf(request: LockRequest, { previous, update, signal }: ResolveOptions): Promise<Start> {
  if (previous === undefined || update === undefined || update === 'all') return FROM_NOTHING;
  // Another suite or architecture has nothing in common with what was locked.
  if (previous.request.architecture !== request.architecture) return FROM_NOTHING;
  if (previous.request.suites[0]?.suite !== request.suites[0]?.suite) return FROM_NOTHING;
  const controls = await readControlFiles(previous.packages, update.store, signal);
  return {
    installed: installedState(previous, request, controls),
    kept: previous.packages,
    update: update.only,
  };
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

/** The distribution's essential packages, what is asked for, and what all of it depends on. */
async function rootPackages(
  apt: AptInstance,
  request: LockRequest,
  mirrors: Mirrors,
  { kept, update }: Start,
): Promise<LockedPackage[]> {
  const former = kept.filter(({ group }) => group === 'root');
  const locked = new Set(former.map(({ name }) => name));
  const wanted =
    former.length === 0
      ? ['?essential', ...request.install]
      : [...request.install.filter((name) => !locked.has(name)), ...update.filter((name) => locked.has(name))];
  const install = ['apt-get', 'install', '--yes', '--autoremove', '--allow-remove-essential'];
  const planned = await apt.run([...install, '--print-uris', '-qq', ...wanted]);
  // So quiet, apt does not say what is unmet.
  if (planned.status !== 0) throw installError(await apt.run([...install, '--simulate', ...wanted]), request.exclude);
  const changed = lines(planned.stdout).map((line) => plannedPackage(line, 'root', mirrors));
  if (former.length === 0) return changed;
  const simulated = await apt.run([...install, '--simulate', '-qq', ...wanted]);
  if (simulated.status !== 0) throw installError(simulated, request.exclude);
  const gone = new Set([...removedNames(simulated.stdout), ...changed.map(({ name }) => name)]);
  return [...former.filter(({ name }) => !gone.has(name)), ...changed];
}

/** Lines `Remv NAME [VERSION]` of a simulation. */
function removedNames(output: string): string[] {
  return [...output.matchAll(/^(?:Remv|Purg) ([^\s:]+)/gm)].map(([, name = '']) => name);
}

/** Single packages without what they depend on. */
async function bootPackages(
  apt: AptInstance,
  names: readonly string[],
  mirrors: Mirrors,
  { kept, update }: Start,
): Promise<LockedPackage[]> {
  const former = kept.filter(({ group, name }) => group === 'boot' && names.includes(name) && !update.includes(name));
  const wanted = names.filter((name) => !former.some((each) => each.name === name));
  if (wanted.length === 0) return former;
  const output = await apt.run(['apt-get', 'download', '--print-uris', '-qq', ...wanted]);
  if (output.status !== 0) throw installError(output, []);
  return [...former, ...lines(output.stdout).map((line) => plannedPackage(line, 'boot', mirrors))];
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith("'"));
}
