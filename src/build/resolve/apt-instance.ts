import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AshlarError } from '../../model/error.ts';
import type { LockRequest } from '../../model/lock.ts';
import { type ProgramOutput, runProgram } from '../../store/program/run-program.ts';
import { aptString, hostAptSettings } from './apt-settings.ts';
import type { InstalledState } from './installed-state.ts';
import type { Mirrors } from './mirror.ts';

/** The distribution's keys, as its own package brings them. */
const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** A private apt: its own configuration, state and cache, nothing of the host but proxies and credentials. */
export interface AptInstance {
  readonly directory: string;
  /** Where the signed indexes lie after an update. */
  readonly lists: string;
  run(argv: readonly string[], options?: { onLine?: (line: string) => void }): Promise<ProgramOutput>;
  remove(): void;
}

export interface AptInstanceOptions {
  readonly request: LockRequest;
  readonly mirrors: Mirrors;
  /** Keys that indexes must be signed with. Default: the distribution's. */
  readonly keyring?: string | undefined;
  /** What apt takes for installed. */
  readonly installed: InstalledState;
  /** Lines of apt.conf(5). Default: what the host's apt is set to for reaching mirrors. */
  readonly settings?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Makes a private apt for `request`. It must be removed. Throws `missing-package` when the keyring is not there. */
export async function openAptInstance(options: AptInstanceOptions): Promise<AptInstance> {
  const { request, mirrors, signal, keyring = DEBIAN_KEYRING } = options;
  if (!existsSync(keyring)) {
    throw new AshlarError('missing-package', `The keys of the distribution are not installed: ${keyring}.`, {
      hint: 'Install them: apt-get install debian-archive-keyring',
    });
  }
  const directory = mkdtempSync(join(tmpdir(), 'ashlar-apt-'));
  const lists = join(directory, 'lists');
  for (const name of ['lists/partial', 'archives/partial', 'etc/none.d', 'sources', 'preferences']) {
    mkdirSync(join(directory, name), { recursive: true });
  }
  const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
  write('status', options.installed.status);
  write('extended_states', options.installed.extendedStates);
  write('sources/distribution.sources', sourcesText(request, mirrors, keyring));
  write('preferences/excluded', preferencesText(request.exclude));
  write('apt.conf', settingsText(directory, request.architecture, options.settings ?? (await hostAptSettings(signal))));
  return {
    directory,
    lists,
    run: (argv, { onLine } = {}) =>
      runProgram(argv, {
        env: { APT_CONFIG: join(directory, 'apt.conf'), TMPDIR: directory },
        signal,
        ...(onLine === undefined ? {} : { onLine }),
      }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** The base address for a suite: security updates have an archive of their own. */
export function mirrorOf(
  suite: string,
  mirrors: Mirrors,
): { readonly archive: 'main' | 'security'; readonly uri: string } {
  return suite.endsWith('-security')
    ? { archive: 'security', uri: mirrors.security }
    : { archive: 'main', uri: mirrors.archive };
}

/** apt's `file:` method hands out paths of the mirror itself; `copy:` behaves like a download. */
export function downloadUri(mirror: string): string {
  return mirror.replace(/^file:\/*/, 'copy:/').replace(/\/+$/, '');
}

/** deb822 stanzas, sources.list(5). */
function sourcesText({ suites, architecture }: LockRequest, mirrors: Mirrors, keyring: string): string {
  return suites
    .map(({ suite, components }) =>
      [
        'Types: deb',
        `URIs: ${downloadUri(mirrorOf(suite, mirrors).uri)}`,
        `Suites: ${suite}`,
        `Components: ${components.join(' ')}`,
        `Architectures: ${architecture}`,
        `Signed-By: ${keyring}`,
        '',
      ].join('\n'),
    )
    .join('\n');
}

/** A negative priority means "never" (apt_preferences(5)). */
function preferencesText(exclude: readonly string[]): string {
  return exclude.map((name) => `Package: ${name}\nPin: version *\nPin-Priority: -1\n`).join('\n');
}

function settingsText(directory: string, architecture: string, host: readonly string[]): string {
  const path = (name: string): string => aptString(join(directory, name));
  return [
    // Before the rest: what the host says of proxies; what follows is ours and wins.
    ...host,
    `Dir::State ${path('.')};`,
    `Dir::State::Lists ${path('lists')};`,
    `Dir::State::status ${path('status')};`,
    `Dir::Cache ${path('.')};`,
    `Dir::Cache::Archives ${path('archives')};`,
    `Dir::Etc ${path('etc')};`,
    `Dir::Etc::Main ${path('etc/none')};`,
    `Dir::Etc::Parts ${path('etc/none.d')};`,
    `Dir::Etc::SourceList ${path('etc/none')};`,
    `Dir::Etc::SourceParts ${path('sources')};`,
    `Dir::Etc::Preferences ${path('etc/none')};`,
    `Dir::Etc::PreferencesParts ${path('preferences')};`,
    // Credentials for mirrors stay where the host keeps them (apt_auth.conf(5)).
    'Dir::Etc::Netrc "/etc/apt/auth.conf";',
    'Dir::Etc::NetrcParts "/etc/apt/auth.conf.d";',
    `APT::Architecture ${aptString(architecture)};`,
    `APT::Architectures { ${aptString(architecture)}; };`,
    'APT::Install-Recommends "false";',
    'APT::AutoRemove::RecommendsImportant "false";',
    'APT::AutoRemove::SuggestsImportant "false";',
    'APT::Get::Show-User-Simulation-Note "false";',
    // The temporary directory is ours alone: the user that apt would change to cannot enter it.
    'APT::Sandbox::User "root";',
    // apt would take itself for essential; an image needs no package manager.
    'pkgCacheGen::ForceEssential ",";',
    'Acquire::Languages "none";',
    'Acquire::ForceHash "SHA256";',
    'Acquire::AllowInsecureRepositories "false";',
    'Acquire::Retries "2";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
    '',
  ].join('\n');
}
