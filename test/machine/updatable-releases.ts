import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type StoryVersion, storyDefinition, VERSIONS } from '../../scripts/story/story-definition.ts';
import { AGENT_PATH } from '../../src/build/assemble/system/updates/agent-service.ts';
import { buildRelease } from '../../src/build/build-release.ts';
import type { DefinitionInput } from '../../src/model/definition/definition-input.ts';
import { documentBytes } from '../../src/model/manifest.ts';
import { SILENT } from '../../src/model/progress.ts';
import { openStore } from '../../src/store/store.ts';
import { readTriedRelease, type TriedRelease } from '../../src/vm/preflight/tried-release.ts';
import { ownFolder } from './own-folder.ts';

/** A root of trust that nobody has the keys of: trials bring their own. */
const ROOT_OF_TRUST = new URL('../../examples/appliance/root.json', import.meta.url).pathname;

/** Long: a busy host must not make a good release look bad. */
const DEADLINE = '30m';

/**
 * Two releases of the story's system, of which the second is an update of the first; the store makes every build but the first quick.
 *
 * @param deadline how long after a start a release may take to prove itself.
 */
export async function updatableReleases(deadline: string = DEADLINE): Promise<{
  readonly previous: TriedRelease;
  readonly release: TriedRelease;
}> {
  const previous = await build(VERSIONS.first, undefined, deadline);
  return { previous, release: await build(VERSIONS.good, previous, deadline) };
}

/** Soon: nobody judges its health, so that every second of it is waited for. */
const CRASHING_PROBATION = { grace: '5s', duration: '5s', deadline: '1m' };

/** An update of `previous` whose agent ends as soon as it starts. */
export function crashingRelease(previous: TriedRelease): Promise<TriedRelease> {
  return build(
    { version: '3.0.0', change: 'an agent with a defect' },
    previous,
    DEADLINE,
    ({ files, updates, ...rest }) => ({
      ...rest,
      files: { ...files, [AGENT_PATH]: "throw new Error('a defect');\n" },
      ...(updates === undefined ? {} : { updates: { ...updates, probation: CRASHING_PROBATION } }),
    }),
  );
}

async function build(
  version: StoryVersion,
  before: TriedRelease | undefined,
  deadline: string,
  change: (definition: DefinitionInput) => DefinitionInput = (definition) => definition,
): Promise<TriedRelease> {
  const store = openStore();
  const out = ownFolder();
  const place = join(out, 'updatable', version.version);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'os.json'), documentBytes(change(storyDefinition(version, '/nowhere', deadline))));
  copyFileSync(ROOT_OF_TRUST, join(place, 'root.json'));
  // One lock for all: only what the versions say differs.
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
