import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the contestants of a benchmark work, and how often. */
export interface Workshop {
  /** Kept between calls: downloaded packages are not downloaded again. */
  readonly directory: string;
  readonly runs: number;
  /** Tells a person what goes on. */
  readonly say: (text: string) => void;
  /** A directory of the workshop, emptied. */
  readonly fresh: (name: string) => string;
  /** A directory of the workshop with what is in it. */
  readonly kept: (name: string) => string;
  /** Waits until what was written is on the disk, so that nobody pays for who came before, and says what comes next. */
  readonly settle: (next: string) => void;
}

export function openWorkshop(runs: number, say: (text: string) => void): Workshop {
  const directory = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ashlar-bench');
  const kept = (name: string): string => {
    const path = join(directory, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  return {
    directory: kept('.'),
    runs,
    say,
    kept,
    fresh(name) {
      rmSync(join(directory, name), { recursive: true, force: true });
      return kept(name);
    },
    settle(next) {
      spawnSync('sync', ['--file-system', directory]);
      say(next);
    },
  };
}
