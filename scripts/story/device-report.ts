import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { type DeviceReport, deviceReportSchema } from '../../src/model/device-report.ts';
import type { Story } from './story.ts';

/** The agent's client is a program of its own: on an emulated processor asking all the time would take what the checks of its health need. */
const LOOK_MILLISECONDS = 10_000;

/** What the device tells of itself. */
export async function deviceReport({ shell }: Story): Promise<DeviceReport> {
  assert.ok(shell, 'nobody sits at the machine');
  return deviceReportSchema.parse(JSON.parse(await shell.read('ashlar status --json')));
}

/** Waits until the device tells of itself what `holds`, called `what`. */
export async function untilReported(
  { shell }: Story,
  what: string,
  holds: (report: DeviceReport) => boolean,
  seconds: number,
  signal?: AbortSignal,
): Promise<void> {
  assert.ok(shell, 'nobody sits at the machine');
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    // Its agent may not have begun to answer.
    const { status, output } = await shell.exec('ashlar status --json');
    if (status === 0 && holds(deviceReportSchema.parse(JSON.parse(output)))) return;
    assert.ok(performance.now() < deadline, `the device was not ${what} within ${seconds} s: ${output}`);
    await setTimeout(LOOK_MILLISECONDS, undefined, signal === undefined ? {} : { signal });
  }
}

/** Waits until the device tells that what runs is proven. */
export function untilProven(story: Story, seconds: number): Promise<void> {
  return untilReported(story, 'proven', ({ phase }) => phase === 'proven', seconds);
}
