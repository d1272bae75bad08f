import assert from 'node:assert/strict';
import { type DeviceReport, deviceReportSchema } from '../../src/model/device-report.ts';
import type { Story } from './story.ts';

/** The agent's client is a program of its own: on an emulated processor asking all the time would take what the checks of its health need. */
export const LOOK_SECONDS = 5;

/** What the device tells of itself. */
export async function deviceReport({ shell }: Story): Promise<DeviceReport> {
  assert.ok(shell, 'nobody sits at the machine');
  return deviceReportSchema.parse(JSON.parse(await shell.read('ashlar status --json')));
}

/** Waits until the device tells that it is in `phase`. */
export async function untilPhase({ shell }: Story, phase: DeviceReport['phase'], seconds: number): Promise<void> {
  assert.ok(shell, 'nobody sits at the machine');
  const told = `ashlar status --json | grep -q '"phase": *"${phase}"'`;
  const { status, output } = await shell.exec(
    `timeout ${seconds} sh -c 'until ${told.replaceAll("'", `'\\''`)}; do sleep ${LOOK_SECONDS}; done'`,
    seconds + 60,
  );
  assert.equal(status, 0, `it did not come to be ${phase} within ${seconds} s: ${output}`);
}
