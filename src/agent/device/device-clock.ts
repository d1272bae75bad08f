import { existsSync, statSync, utimesSync, writeFileSync } from 'node:fs';

const SAVE_EVERY_MILLISECONDS = 10 * 60_000;

/**
 * The time as a device may believe it (design.md §8): the latest of the hardware clock, the last time seen and the build time. A clock at 1970
 * must not make expired metadata fresh again. From there it goes on as the machine does: on one without a clock of its own, or whose clock was
 * ahead once, time would otherwise stand still, no maintenance window would ever open, and nothing expire.
 *
 * @param path a file whose time of change is the last time seen; moved on every ten minutes.
 * @param built milliseconds since 1970
 * @param stopwatch milliseconds since any moment, by a clock that nobody sets.
 */
export function deviceClock(
  path: string,
  built: number,
  hardware: () => number = Date.now,
  stopwatch: () => number = () => performance.now(),
): () => number {
  let looked = stopwatch();
  let latest = Math.max(built, statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  let saved = 0;
  return () => {
    const now = stopwatch();
    latest = Math.max(latest + Math.max(0, now - looked), hardware());
    looked = now;
    if (latest - saved >= SAVE_EVERY_MILLISECONDS) {
      saved = latest;
      save(path, latest);
    }
    return Math.floor(latest);
  };
}

function save(path: string, time: number): void {
  try {
    // Made only when it is not there: a file that is written anew has the hardware clock's time until its own is set.
    if (!existsSync(path)) writeFileSync(path, '', { mode: 0o600 });
    utimesSync(path, time / 1000, time / 1000);
  } catch {
    // A full or read-only /var: the time counts on in memory.
  }
}
