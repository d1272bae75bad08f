import assert from 'node:assert/strict';
import type { GuestStart } from '../../src/vm/preflight/guest-starts.ts';
import { PROBATION_SECONDS, UPDATE_SECONDS } from './deadlines.ts';
import { untilProven } from './device-report.ts';
import type { Story } from './story.ts';

/** Waits until the machine has updated itself to `version` and that has proven itself; nobody touches it meanwhile. */
export async function followUpdate(story: Story, version: string): Promise<GuestStart> {
  const { device } = story;
  assert.ok(device, 'the machine is off');
  story.say(`nobody touches the machine; it looks for releases by itself`);
  const start = await device.next(UPDATE_SECONDS);
  assert.equal(start.status.version, version, start.troubles.join('; '));
  story.say(`${version} has started, on probation`);
  story.shell = await device.shell();
  await untilProven(story, PROBATION_SECONDS);
  return start;
}
