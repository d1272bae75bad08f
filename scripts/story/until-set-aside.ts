import assert from 'node:assert/strict';
import type { GuestStart } from '../../src/vm/preflight/guest-starts.ts';
import { PROBATION_SECONDS, START_SECONDS, UPDATE_SECONDS } from './deadlines.ts';
import { untilReported } from './device-report.ts';
import type { Story } from './story.ts';
import type { StoryDevice } from './story-device.ts';

/** A version that the machine tried and gave up. */
export interface SetAside {
  /** Panics and the like that were seen of it. */
  readonly troubles: readonly string[];
  /** How often the machine came back to `good`: once, or twice when nothing but the tries that were used up spoke against the version. */
  readonly returns: number;
}

/** A version without evidence against it is armed a second time; never a third. */
const MOST_RETURNS = 2;

/** Waits until the machine has tried `version` by itself, is back on `good`, and has set `version` aside. */
export async function untilSetAside(story: Story, version: string, good: string): Promise<SetAside> {
  const { device } = story;
  assert.ok(device, 'the machine is off');
  const troubles: string[] = [];
  for (let returns = 1; returns <= MOST_RETURNS; returns += 1) {
    const back: GuestStart = await device.next(UPDATE_SECONDS + 3 * START_SECONDS);
    assert.equal(back.status.version, good, back.troubles.join('; '));
    troubles.push(...back.troubles);
    story.shell = await device.shell();
    if (await isSetAside(story, device, version)) return { troubles, returns };
    story.say(`nothing but the tries that were used up speaks against ${version}: it gets a second round`);
  }
  assert.fail(`${version} was tried more than ${MOST_RETURNS} times`);
}

/** Waits until the system that is up tells that `version` is set aside, or restarts. */
async function isSetAside(story: Story, device: StoryDevice, version: string): Promise<boolean> {
  const restart = Promise.withResolvers<boolean>();
  const over = new AbortController();
  const deaf = device.running.onEvent(({ kind }) => {
    if (kind === 'reset') restart.resolve(false);
  });
  const reported = untilReported(
    story,
    `done with ${version}`,
    ({ quarantine }) => quarantine.some(({ generation }) => generation.version === version),
    PROBATION_SECONDS,
    over.signal,
  ).then(() => true);
  // The console of a system that restarts never answers.
  reported.catch(() => {});
  try {
    return await Promise.race([reported, restart.promise]);
  } finally {
    over.abort();
    deaf();
  }
}
