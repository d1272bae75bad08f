import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuiltRelease, buildRelease } from '../../src/build/build-release.ts';
import { publishReleases } from '../../src/build/publish/publish-releases.ts';
import { startSampleRepository } from '../../src/build/publish/sample-release.fixture.ts';
import type { DefinitionInput } from '../../src/model/definition/definition-input.ts';
import { documentBytes } from '../../src/model/manifest.ts';
import { SILENT } from '../../src/model/progress.ts';
import { openStore } from '../../src/store/store.ts';
import { serveRepository } from '../../src/store/transport/serve-repository.ts';
import { obtainRoot } from '../../test/oracle/obtain-root.ts';
import type { Workshop } from '../build/workshop.ts';
import type { Measure } from '../measure.ts';

/** Of a new installation, for one small file: its block, those of the tree above, some of the map. */
const GOAL_SHARE_OF_FILE = 0.01;
const PACKAGE = 'openssh-server';

const BASE: DefinitionInput = { name: 'minimal', version: '1.0.0', base: { suite: 'trixie' }, kernel: 'cloud' };
const OTHER_FILE: DefinitionInput = { ...BASE, version: '1.0.1', files: { '/etc/motd': 'The next release.\n' } };
const MORE_PACKAGES: DefinitionInput = { ...BASE, version: '1.1.0', packages: [PACKAGE] };

/** How much of a root image comes over the network: one run, as every run gives the same. */
export const updateBytes: Measure<Workshop> = {
  name: 'update-bytes',
  title: 'Bytes of the root image that an update fetches',
  async run(workshop) {
    const folder = workshop.fresh('update-bytes');
    try {
      const first = await build(folder, BASE);
      const file = await build(folder, OTHER_FILE, first.directory);
      const packages = await build(folder, MORE_PACKAGES, first.directory);
      const fetched = await measureFetched(join(folder, 'repository'), first, [file, packages]);
      const added = packages.packages - first.packages;
      const ofFile = 'one file of /etc changed';
      const ofAll = 'a new installation';
      return {
        unit: 'bytes',
        series: [
          { name: ofAll, ours: true, values: [fetched.installation] },
          { name: ofFile, ours: true, values: [fetched.updates[0]!] },
          { name: `${PACKAGE} added (${added} packages)`, ours: true, values: [fetched.updates[1]!] },
        ],
        goals: [{ kind: 'share', series: ofFile, of: ofAll, atMost: GOAL_SHARE_OF_FILE }],
        method: `A system of ${megabytes(first)}, from a web server, all answers together: hash tree, block map, blocks. A release with another file, and one of ${megabytes(packages)} with more packages.`,
        remarks: [
          'Only the root image. The boot image, which is signed as a whole, comes on top: see the downtime of an update.',
        ],
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function megabytes({ manifest }: BuiltRelease): string {
  return `${(manifest.root.image.size / 1e6).toFixed(1)} MB`;
}

async function build(folder: string, definition: DefinitionInput, previous?: string): Promise<BuiltRelease> {
  const place = join(folder, 'definitions', definition.version);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'os.json'), documentBytes(definition));
  return buildRelease(place, {
    out: join(folder, 'out'),
    store: openStore(),
    frozen: false,
    previous,
    progress: SILENT,
  });
}

/** Bytes sent for `first` alone, and for each of `updates` to a machine that has `first`. */
async function measureFetched(
  directory: string,
  first: BuiltRelease,
  updates: readonly BuiltRelease[],
): Promise<{ readonly installation: number; readonly updates: readonly number[] }> {
  const releases = [first, ...updates].map((each) => ({
    directory: each.directory,
    preflight: { kind: 'none' } as const,
  }));
  await publishReleases({ ...(await startSampleRepository(directory)), releases, channel: 'candidate' });
  let sent = 0;
  const server = await serveRepository({ directory, onServed: ({ bytes }) => (sent += bytes) });
  try {
    const sentFor = async (release: BuiltRelease, held: readonly BuiltRelease[]): Promise<number> => {
      const before = sent;
      await obtainRoot(server.url, release, held);
      return sent - before;
    };
    const installation = await sentFor(first, []);
    const fetched: number[] = [];
    for (const update of updates) fetched.push(await sentFor(update, [first]));
    return { installation, updates: fetched };
  } finally {
    await server.close();
  }
}
