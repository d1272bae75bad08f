import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type StoryVersion, storyDefinition, VERSIONS } from '../../scripts/story/story-definition.ts';
import { buildRelease } from '../../src/build/build-release.ts';
import { documentBytes } from '../../src/model/manifest.ts';
import { SILENT } from '../../src/model/progress.ts';
import { openStore } from '../../src/store/store.ts';
import { readTriedRelease, type TriedRelease } from '../../src/vm/preflight/tried-release.ts';

/** A root of trust that nobody has the keys of: trials bring their own. */
const ROOT_OF_TRUST = new URL('../../examples/appliance/root.json', import.meta.url).pathname;

/** Long: a busy host must not make a good release look bad. */
const DEADLINE = '30m';

/** Two releases of the story's system, of which the second is an update of the first; the store makes every build but the first quick. */
export async function updatableReleases(): Promise<{
  readonly previous: TriedRelease;
  readonly release: TriedRelease;
}> {
  const previous = await build(VERSIONS.first, undefined);
  return { previous, release: await build(VERSIONS.good, previous) };
}

async function build(version: StoryVersion, before: TriedRelease | undefined): Promise<TriedRelease> {
  const store = openStore();
  const out = join(store.directory, 'test');
  const place = join(out, 'updatable', version.version);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'os.json'), documentBytes(storyDefinition(version, '/nowhere', DEADLINE)));
  copyFileSync(ROOT_OF_TRUST, join(place, 'root.json'));
  // One lock for both: only what the versions say differs.
  if (before !== undefined)
    copyFileSync(join(out, 'updatable', before.manifest.version, 'ashlar.lock'), join(place, 'ashlar.lock'));
  const { directory } = await buildRelease(place, {
    out,
    store,
    frozen: false,
    previous: before?.directory,
    progress: SILENT,
  });
  return readTriedRelease(directory);
}
