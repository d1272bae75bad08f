import { statSync, utimesSync, writeFileSync } from 'node:fs';

const SAVE_EVERY_MILLISECONDS = 10 * 60_000;

/**
 * The time as a device may believe it (design.md §8): the latest of the hardware clock, the last time seen and the build time. A clock at 1970
 * must not make expired metadata fresh again.
 *
 * @param path a file whose time of change is the last time seen; moved on every ten minutes.
 * @param built milliseconds since 1970
 */
export function deviceClock(path: string, built: number, hardware: () => number = Date.now): () => number {
  let latest = Math.max(built, statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  let saved = 0;
  return () => {
    latest = Math.max(latest, hardware());
    if (latest - saved >= SAVE_EVERY_MILLISECONDS) {
      saved = latest;
      save(path, latest);
    }
    return latest;
  };
}

function save(path: string, time: number): void {
  try {
    writeFileSync(path, '', { mode: 0o600 });
    utimesSync(path, time / 1000, time / 1000);
  } catch {
    // A full or read-only /var: the time counts on in memory.
  }
}
