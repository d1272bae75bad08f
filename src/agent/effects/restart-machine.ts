import { setTimeout } from 'node:timers/promises';
import { type Generation, generationText } from '../../engine/generation.ts';
import { AshlarError } from '../../model/error.ts';
import type { Device } from '../device/device.ts';
import { inspectDisk } from '../slots/inspect-disk.ts';

/** A system that is still up so long after it was told to restart does not restart. Services may take a minute and a half to stop. */
const LIMIT_MILLISECONDS = 10 * 60_000;

/**
 * Restarts the machine into `into`; returns only when it could not. What the loader would start is looked at before: a restart into anything else would
 * come back here, again and again. Throws `restart-refused`.
 */
export async function restartMachine(device: Device, into: Generation, signal: AbortSignal): Promise<void> {
  const { next, entries } = await device.withDisk(inspectDisk);
  const entry = entries.find(({ file }) => file === next);
  if (entry?.rootHash !== into.rootHash) {
    throw refused(`the boot loader would start ${next ?? 'nothing'}, not ${generationText(into)}`);
  }
  device.log(`restarting into ${generationText(into)}`);
  // Whoever holds a lock has been asked before.
  const { status, stderr } = await device.run(['systemctl', 'reboot', '--check-inhibitors=no']);
  if (status !== 0) throw refused(stderr.trim());
  await setTimeout(LIMIT_MILLISECONDS, undefined, { signal });
  throw refused(`it was still up ${LIMIT_MILLISECONDS / 60_000} minutes after it was told to`);
}

function refused(why: string): AshlarError {
  return new AshlarError('restart-refused', `The machine cannot be restarted: ${why}.`, {
    hint: '`systemctl list-jobs` shows what is waited for; `ashlar doctor` looks at the boot entries.',
  });
}
