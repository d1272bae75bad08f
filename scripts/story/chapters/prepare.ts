import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DefinitionInput } from '../../../src/model/definition/definition-input.ts';
import { documentBytes } from '../../../src/model/manifest.ts';
import { PREFLIGHT_TRIALS } from '../../../src/model/preflight-requirement.ts';
import type { Chapter } from '../story.ts';
import { type StoryVersion, storyDefinition, VERSIONS } from '../story-definition.ts';

/** Keys, an empty repository, and five releases. */
export const prepare = (repository: string, deadline: string): Chapter => ({
  title: 'keys, a repository, five releases',
  async tell({ ashlar, folder, trials }) {
    const words = ['--repository', 'repository', '--channel', 'stable', '--no-secure-boot'];
    const enough = trials.length < PREFLIGHT_TRIALS.length ? ['--boot-only', 'stable'] : [];
    const init = await ashlar('trust', 'init', 'keys', ...words, ...enough);
    assert.equal(init.status, 0, init.said);
    let before: StoryVersion | undefined;
    for (const version of Object.values(VERSIONS) satisfies readonly StoryVersion[]) {
      writeDefinition(folder, version, storyDefinition(version, repository, deadline), before);
      const previous = before === undefined ? [] : ['--previous', releaseOf(before)];
      const built = await ashlar('build', version.version, '--out', 'out', ...previous);
      assert.equal(built.status, 0, built.said);
      before = version;
    }
    return `${Object.keys(VERSIONS).length} releases built`;
  },
});

/** The directory of a release, in the story's folder. */
export function releaseOf({ version }: StoryVersion): string {
  return join('out', 'shop', version);
}

/** A version's folder: definition, root of trust, and the lock of the version before, so that only what was changed differs. */
function writeDefinition(
  folder: string,
  version: StoryVersion,
  definition: DefinitionInput,
  before: StoryVersion | undefined,
): void {
  const place = join(folder, version.version);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'os.json'), documentBytes(definition));
  copyFileSync(join(folder, 'keys', 'root.json'), join(place, 'root.json'));
  const lock = before === undefined ? undefined : join(folder, before.version, 'ashlar.lock');
  if (lock !== undefined && existsSync(lock)) copyFileSync(lock, join(place, 'ashlar.lock'));
}
