import { AshlarError } from '../../model/error.ts';
import { Feed } from '../feed.ts';
import { type GuestStatus, readGuestSign } from '../guest-sign.ts';
import type { RunningMachine } from '../running-machine.ts';

/** A system that has come up, and what went wrong on the way to it. */
export interface GuestStart {
  readonly status: GuestStatus;
  /** Seconds since the machine was switched on. */
  readonly at: number;
  /** Panics and boot images that gave up since the system before it, in words. */
  readonly troubles: readonly string[];
}

/** The systems that come up in a machine, one after another. */
export interface GuestStarts {
  /**
   * The next system that says it is up. Failed starts before it are not an error: the loader takes the next entry.
   *
   * @throws AshlarError `guest-silent` after `seconds`, `guest-stopped` when the machine ends first; both say what was seen meanwhile.
   */
  next(seconds: number, signal?: AbortSignal): Promise<GuestStart>;
}

const STARTS_KEPT = 1_000;

/** Listens to a machine from now on: to be called right after it was switched on. */
export function guestStarts(running: Pick<RunningMachine, 'serial' | 'ended'>): GuestStarts {
  let troubles: string[] = [];
  const starts = new Feed<{ readonly start: GuestStart; taken: boolean }>(STARTS_KEPT);
  running.serial.onLine(({ text, at }) => {
    const sign = readGuestSign(text);
    if (sign?.kind === 'panic') troubles.push(`the kernel panicked: ${sign.reason}`);
    if (sign?.kind === 'boot-failed') troubles.push(`the boot image gave up: ${sign.reason}`);
    if (sign?.kind !== 'ready') return;
    starts.append({ start: { status: sign.status, at, troubles }, taken: false });
    troubles = [];
  });
  const seen = (): string => (troubles.length === 0 ? '' : ` Before that: ${troubles.join('; ')}.`);
  void running.ended.then((how) =>
    starts.close(() => {
      const why = how.kind === 'failed' ? how.complaint : how.kind;
      return new AshlarError('guest-stopped', `The machine ended (${why}) before a system was up.${seen()}`, {
        hint: 'The serial log tells what led to it.',
      });
    }),
  );
  return {
    next: (seconds, signal) =>
      starts.next(
        (entry) => {
          if (entry.taken) return undefined;
          entry.taken = true;
          return entry.start;
        },
        seconds * 1000,
        () =>
          new AshlarError('guest-silent', `No system was up within ${seconds} s.${seen()}`, {
            hint: 'The serial log tells how far it came; a busy host needs longer.',
          }),
        signal,
      ),
  };
}
