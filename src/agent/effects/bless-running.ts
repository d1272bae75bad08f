import { writeFileSync } from 'node:fs';
import type { Generation } from '../../engine/generation.ts';
import { BLESS_UNIT } from '../../model/device-files.ts';
import { AshlarError } from '../../model/error.ts';
import { makeDirectory } from '../../store/make-directory.ts';
import type { Device } from '../device/device.ts';
import { markProven } from '../slots/count-entry.ts';
import { inspectDisk } from '../slots/inspect-disk.ts';
import { adoptBootLoader } from './update-boot-loader.ts';

/**
 * Tells systemd that this start is a good one: what waits for boot-complete.target starts, the initrd's count of starts is cleared, and the deadline of a
 * probation finds nothing to do.
 */
export async function announceHealthy({ paths, run, log }: Pick<Device, 'paths' | 'run' | 'log'>): Promise<void> {
  makeDirectory(paths.run, 0o755);
  writeFileSync(paths.healthy, '');
  const { status, stderr } = await run(['systemctl', 'start', 'boot-complete.target']);
  if (status !== 0) log(`boot-complete.target: ${stderr.trim()}`);
}

/**
 * Makes the entry of what runs permanent, through systemd-bless-boot. That goes by the name that the entry had when the machine started; when it
 * was renamed since (a try was given back) the agent takes the counter away itself. Throws `esp-unusable` when it is still there.
 */
export async function blessRunning(device: Device, generation: Generation): Promise<void> {
  await announceHealthy(device);
  const { status, stderr } = await device.run(['systemctl', 'start', BLESS_UNIT]);
  if (status !== 0) device.log(`${BLESS_UNIT}: ${stderr.trim()}`);
  await device.withDisk((disk) => {
    markProven(disk, generation);
    const counted = inspectDisk(disk).entries.find(
      ({ rootHash, tries }) => rootHash === generation.rootHash && tries !== undefined,
    );
    if (counted === undefined) return;
    throw new AshlarError('esp-unusable', `The boot entry ${counted.file} still has a counter.`, {
      hint: '`systemctl status systemd-bless-boot.service` may say why; it is tried again.',
    });
  });
  await adoptBootLoader(device);
}
