import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { sha256 } from '../../model/digest.ts';
import type { PreflightReport } from '../../model/preflight-report.ts';
import { PREFLIGHT_TRIALS, type PreflightRequirement } from '../../model/preflight-requirement.ts';
import { scratchDirectory } from '../../store/transport/scratch.fixture.ts';
import { refreshTrust, type TrustedChannel } from '../../trust/client/refresh-trust.ts';
import { memoryTrustStore } from '../../trust/client/trust-store.ts';
import { readPreflightResult } from './preflight-gate.ts';
import { type PublishedRelease, type Publisher, publishReleases } from './publish-releases.ts';
import { type SampleRelease, startSampleRepository } from './sample-release.fixture.ts';

/** A repository with the channels `candidate` and `stable`, and who publishes to it. */
export interface Scene extends Publisher {
  readonly place: string;
  readonly releases: string;
  readonly publish: (release: SampleRelease, options?: object) => Promise<PublishedRelease>;
  readonly look: (channel: string) => Promise<TrustedChannel>;
}

export async function scene(t: TestContext, preflight: PreflightRequirement = 'not-required'): Promise<Scene> {
  const scratch = scratchDirectory(t);
  const place = join(scratch, 'repository');
  const publisher = await startSampleRepository(place, preflight);
  return {
    ...publisher,
    place,
    releases: join(scratch, 'out'),
    async publish({ directory }, options = {}) {
      const releases = [{ directory, preflight: readPreflightResult(directory) }];
      const [published] = await publishReleases({ ...publisher, releases, channel: 'candidate', ...options });
      return published!;
    },
    look: (channel) =>
      refreshTrust({
        store: memoryTrustStore(),
        source: publisher.repository,
        builtInRoot: publisher.root,
        channel,
        now: publisher.now,
      }),
  };
}

/** The names of so many blocks. */
export const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `block ${index}`);

/** What is served. */
export function filesOf(place: string): string[] {
  return allFilesOf(place).filter((path) => !/(^|\/)\./.test(path));
}

/** What is there, hidden files too. */
export function allFilesOf(place: string): string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(place.length + 1))
    .sort();
}

/** Leaves what a preflight leaves that has made every trial, of which `boot` ended with `outcome`, or those of `names`. */
export function writeReport(
  { directory, manifest }: SampleRelease,
  outcome: 'passed' | 'failed',
  names: readonly string[] = PREFLIGHT_TRIALS,
  previous?: PreflightReport['previous'],
): void {
  const log = Buffer.from('[ 0.0] Linux version');
  const report: PreflightReport = {
    release: { name: manifest.name, version: manifest.version, manifest: sha256(manifestBytes(directory)) },
    finished: 1_800_000_000,
    ...(previous === undefined ? {} : { previous }),
    trials: names.map((name) => ({
      name,
      outcome: name === 'boot' ? outcome : 'passed',
      reason: 'it came up',
      seconds: 20,
      log: { sha256: sha256(log), size: log.length },
    })),
  };
  mkdirSync(join(directory, 'preflight'), { recursive: true });
  writeFileSync(join(directory, 'preflight/report.json'), JSON.stringify(report));
  writeFileSync(join(directory, 'preflight/boot.log'), log);
}

export function manifestBytes(directory: string): Buffer {
  return readFileSync(join(directory, 'manifest.json'));
}
