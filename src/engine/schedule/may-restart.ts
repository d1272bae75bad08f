import type { UpdateConfig } from '../../model/update-config.ts';
import type { Objection } from '../device-state.ts';
import { windowTime } from './window-time.ts';

/** Who would not like a restart now. */
export interface Obstacles {
  /** `who: why` of each lock that forbids a shutdown. */
  readonly inhibitors: readonly string[];
  readonly logins: readonly { readonly user: string; readonly terminal: string }[];
}

export interface RestartInput {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly config: Pick<UpdateConfig, 'windows' | 'waitForLoginsSeconds'>;
  readonly obstacles: Obstacles;
  /** Since when nothing but people who are logged in keeps the machine from restarting; undefined: not yet. */
  readonly loginsSince?: number | undefined;
  /** `now`: a person wants it at once (`update --now`); windows and logins do not hold it up, inhibitors do. */
  readonly asked: 'when-allowed' | 'now';
}

/** `until`: when to look again at the latest; inhibitors and logins end without a time. */
export type RestartPermission =
  | { readonly kind: 'now' }
  | { readonly kind: 'wait'; readonly reasons: readonly Objection[]; readonly until?: number | undefined };

/** Whether the machine may restart into the update now, and if not, all that keeps it from it. */
export function mayRestart({ now, config, obstacles, loginsSince, asked }: RestartInput): RestartPermission {
  const reasons: Objection[] = obstacles.inhibitors.map((lock) => ({
    code: 'inhibited',
    message: `${lock} forbids a restart`,
  }));
  const times: number[] = [];
  if (asked === 'when-allowed') {
    const time = config.windows.length === 0 ? undefined : windowTime(config.windows, now);
    if (time?.kind === 'closed') {
      const { opens } = time;
      const when = opens === undefined ? 'never opens' : `opens at ${text(opens)}`;
      reasons.push({ code: 'window-closed', message: `the maintenance window ${when}` });
      if (opens !== undefined) times.push(opens);
    }
    const patience = (loginsSince ?? now) + config.waitForLoginsSeconds * 1000;
    if (obstacles.logins.length > 0 && now < patience) {
      const people = obstacles.logins.map(({ user, terminal }) => (terminal === '' ? user : `${user} (${terminal})`));
      reasons.push({
        code: 'logged-in',
        message: `${people.join(', ')} logged in; at ${text(patience)} that counts no more`,
      });
      times.push(patience);
    }
  }
  if (reasons.length === 0) return { kind: 'now' };
  return { kind: 'wait', reasons, until: times.length === 0 ? undefined : Math.min(...times) };
}

function text(moment: number): string {
  return Temporal.Instant.fromEpochMilliseconds(moment).toString({ smallestUnit: 'second' });
}
