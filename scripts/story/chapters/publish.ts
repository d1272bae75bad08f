import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Story } from '../story.ts';
import type { StoryVersion } from '../story-definition.ts';
import { releaseOf } from './prepare.ts';

/** The key that signs for the channel, and what came of preflights. */
const CHANNEL_KEY = join('keys', 'online', 'stable-1.key.json');

/** Tries a release and signs what came of it; the exit code. */
export async function preflight(
  { ashlar, trials }: Story,
  version: StoryVersion,
  previous: StoryVersion,
): Promise<number> {
  const which = trials.flatMap((name) => ['--trial', name]);
  const { status } = await ashlar(
    ...['preflight', releaseOf(version), '--previous', releaseOf(previous), '--key', CHANNEL_KEY, ...which],
  );
  return status;
}

/** Publishes a release for the channel; the exit code and what was said. */
export function publish({ ashlar }: Story, version: StoryVersion, ...more: readonly string[]) {
  return ashlar('publish', releaseOf(version), '--channel', 'stable', '--trust', 'keys', ...more);
}

/** Tries a release, which must pass, and publishes it. */
export async function preflightAndPublish(story: Story, version: StoryVersion, previous: StoryVersion): Promise<void> {
  assert.equal(await preflight(story, version, previous), 0, `the preflight of ${version.version} failed`);
  const published = await publish(story, version);
  assert.equal(published.status, 0, published.said);
}
