import type { Clock } from '../clock.ts';
import { RepositoryUnreachable } from '../repository-unreachable.ts';
import type { HttpLimits } from './http-limits.ts';

/** Watches how a body comes. Only the time between `waiting` and `received` counts: a slow receiver is not the server's fault. */
export interface PaceWatch {
  /** The next bytes are waited for from now on. */
  waiting(): void;
  /** `bytes` bytes came. */
  received(bytes: number): void;
  end(): void;
}

/** Calls `give up` with the error when the server is silent or slower than `limits` allow. */
export function watchPace(
  clock: Clock,
  limits: HttpLimits,
  place: string,
  giveUp: (error: RepositoryUnreachable) => void,
): PaceWatch {
  let since = 0;
  let waited = 0;
  let bytes = 0;
  let cancel = (): void => {};
  return {
    waiting() {
      since = clock.now();
      cancel = clock.after(limits.silenceMilliseconds, () =>
        giveUp(
          new RepositoryUnreachable(place, `it sent nothing for ${limits.silenceMilliseconds / 1000} s`, {
            kind: 'soon',
          }),
        ),
      );
    },
    received(more) {
      cancel();
      waited += clock.now() - since;
      bytes += more;
      if (waited < limits.paceMilliseconds) return;
      if (bytes < limits.paceBytes) {
        giveUp(
          new RepositoryUnreachable(place, `it sent ${bytes} bytes in ${Math.round(waited / 1000)} s`, {
            kind: 'soon',
          }),
        );
      }
      waited = 0;
      bytes = 0;
    },
    end: () => cancel(),
  };
}
