import type { Objection } from '../../engine/device-state.ts';
import { mayRestart } from '../../engine/schedule/may-restart.ts';
import type { Sha256 } from '../../model/digest.ts';
import type { EventBody } from '../daemon/event-body.ts';
import type { Device } from '../device/device.ts';
import { restartObstacles } from '../system/restart-obstacles.ts';
import type { Patience } from './patience.ts';

/** How often people and locks are looked for while they hold up a restart: they end without telling. */
const LOOK_MILLISECONDS = 30_000;

export interface RestartWish {
  /** True when a person has asked for it at once (`update --now`). */
  readonly isUrgent: () => boolean;
  /** Waits for `milliseconds`, or until something was asked; returns when `signal` is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Looks whether the machine may restart into `update`, until it may. Tells of what it waits for whenever that changes.
 *
 * @param patience what has been spent of it before, when this is begun again.
 */
export async function seekRestart(
  device: Pick<Device, 'run' | 'now' | 'config'>,
  update: Sha256,
  patience: Patience,
  wish: RestartWish,
  signal: AbortSignal,
  tell: (event: EventBody) => void,
): Promise<EventBody | undefined> {
  let told = '';
  let toldWhen: 'now' | 'when-allowed' | undefined;
  while (!signal.aborted) {
    const obstacles = await restartObstacles(device.run);
    const now = device.now();
    const asked = wish.isUrgent() ? 'now' : 'when-allowed';
    const { config } = device;
    const spent = patience.spent(update);
    const loginsSince = spent === undefined ? undefined : now - spent;
    const permission = mayRestart({ now, config, obstacles, loginsSince, asked });
    if (permission.kind === 'now') return { kind: 'restart-allowed' };
    patience.note(
      update,
      permission.reasons.every(({ code }) => code === 'logged-in'),
    );
    const words = permission.reasons.map(({ message }: Objection) => message).join('\n');
    if (words !== told || asked !== toldWhen) tell({ kind: 'restart-postponed', reasons: permission.reasons });
    told = words;
    toldWhen = asked;
    await wish.wait(
      Math.min(LOOK_MILLISECONDS, Math.max(1000, (permission.until ?? Number.POSITIVE_INFINITY) - now)),
      signal,
    );
  }
  return undefined;
}
