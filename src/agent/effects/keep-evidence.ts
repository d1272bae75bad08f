import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BootEvidence } from '../../engine/explain-boot.ts';
import type { FailureCause } from '../../engine/failure-cause.ts';
import type { Generation } from '../../engine/generation.ts';
import { documentBytes } from '../../model/manifest.ts';
import { makeDirectory } from '../../store/make-directory.ts';
import { replaceFile } from '../../store/replace-file.ts';
import type { Device } from '../device/device.ts';
import { bootLog } from '../evidence/boot-log.ts';

/** The oldest ones go. Each has some tens of kilobytes, in the worst case two megabytes. */
const MAX_REPORTS = 20;
const MAX_REPORTS_BYTES = 8 << 20;

/**
 * Keeps what is known of a failure as a file in `reports/`: the cause, the evidence, and the logs of the start before this one. Returns the file's
 * name. The places that it came from are to be cleared then: `clearEvidence`.
 */
export async function keepEvidence(
  device: Pick<Device, 'paths' | 'run' | 'bootId' | 'now'>,
  failed: Generation,
  cause: FailureCause,
  evidence: BootEvidence,
): Promise<string> {
  const { paths, run, bootId } = device;
  const at = new Date(device.now()).toISOString();
  const name = `${at.replaceAll(':', '-').slice(0, 19)}_${failed.name}_${failed.version}.json`;
  const report = {
    format: 'ashlar-failure-report/1',
    at,
    bootId,
    failed,
    cause,
    evidence,
    previousBoot: await bootLog(run, -1),
  };
  makeDirectory(paths.reports, 0o700);
  const bytes = documentBytes(report);
  makeRoom(paths.reports, bytes.length);
  replaceFile(join(paths.reports, name), bytes, 0o600);
  return name;
}

/** Removes the oldest reports, so that with one more of `bytes` they stay within bounds. */
function makeRoom(folder: string, bytes: number): void {
  let [count, sum] = [1, bytes];
  for (const name of readdirSync(folder).sort().reverse()) {
    const path = join(folder, name);
    count += 1;
    sum += statSync(path).size;
    if (count > MAX_REPORTS || sum > MAX_REPORTS_BYTES) rmSync(path, { recursive: true, force: true });
  }
}
