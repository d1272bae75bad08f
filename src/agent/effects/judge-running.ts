import { uptime } from 'node:os';
import type { Target } from '../../engine/generation.ts';
import type { HealthVerdict } from '../../engine/health/judge-health.ts';
import type { EventBody } from '../daemon/event-body.ts';
import type { Device } from '../device/device.ts';
import { type HealthChecks, recordedChecks } from '../health/recorded-checks.ts';
import { watchHealth } from '../health/watch-health.ts';
import { keptManifest } from './kept-manifest.ts';

/**
 * So much before systemd's deadline the agent comes to its own verdict, which knows the reason: both count from the start of the
 * machine, and systemd does not ask before it restarts (ashlar-deadline.timer).
 */
const VERDICT_AHEAD_SECONDS = 20;

/** Watches the health of what runs until it is judged. */
export async function judgeRunning(
  device: Device,
  target: Target,
  signal: AbortSignal,
  onVerdict: (verdict: HealthVerdict) => void,
): Promise<EventBody | undefined> {
  const { deadlineSeconds } = device.config.probation;
  const ahead = Math.min(VERDICT_AHEAD_SECONDS, deadlineSeconds / 10);
  const verdict = await watchHealth({
    checks: checksOf(device, target),
    probation: { ...device.config.probation, deadlineSeconds: deadlineSeconds - ahead },
    run: device.run,
    uptime: () => uptime() * 1000,
    signal,
    onVerdict,
  });
  switch (verdict?.kind) {
    case 'held':
      return { kind: 'health-held' };
    case 'failed':
      return { kind: 'health-failed', cause: verdict.cause };
    default:
      return undefined;
  }
}

/** As the signed manifest has them; what the image says of itself, which dm-verity vouches for, when there is none. */
function checksOf({ paths, image }: Device, target: Target): HealthChecks {
  return recordedChecks((keptManifest(paths, target) ?? image).healthChecks);
}
