import { spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from './process-alive.ts';
import { pidNamespace, temporaryOwner } from './temporary-name.ts';

/** After this long, what another container or an unknown program left is taken for a leftover: no build takes a day. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Removes what processes that are no more left in `temporaries`: a killed process cannot tidy up, so the next one does. A
 * living process of this process-id namespace keeps what is its own; of others only age can tell.
 */
export function sweepTemporaries(temporaries: string, now: number = Date.now()): void {
  for (const name of readdirSync(temporaries)) {
    const path = join(temporaries, name);
    if (temporaryOwner(name) === undefined ? isAbandoned(path, now) : isLeftover(path, name, now)) removeLeftover(path);
  }
}

/**
 * Whether the temporary at `path`, of the name `name` that {@link temporaryName} gave, is nobody's any more. False for other names.
 */
export function isLeftover(path: string, name: string, now: number = Date.now()): boolean {
  const owner = temporaryOwner(name);
  if (owner === undefined) return false;
  return owner.namespace === pidNamespace() ? !isAlive(owner.pid) : isAbandoned(path, now);
}

function isAbandoned(path: string, now: number): boolean {
  return now - modified(path, now) > ABANDONED_AFTER_MS;
}

/**
 * Removes a temporary directory with all it holds, also what belongs to the ids of a user namespace (an unprivileged compose
 * that was killed): those only a namespace with the same ids may remove. Never crosses into another file system.
 */
export function removeLeftover(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    const inside = ['--user', '--map-root-user', '--map-auto', '--', 'rm', '-rf', '--one-file-system', '--', path];
    spawnSync('unshare', inside, { stdio: 'ignore' });
  }
}

function modified(path: string, fallback: number): number {
  return lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? fallback;
}
