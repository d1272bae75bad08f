import { isDeepStrictEqual } from 'node:util';
import { AshlarError } from '../../model/error.ts';
import type { Lock, LockRequest } from '../../model/lock.ts';
import type { LockedPart } from './base-packages.ts';
import { lockRequest } from './lock-request.ts';

/** Throws `lock-outdated`, naming what differs, when `lock` was not made for what `definition` asks for. */
export function assertLockFits(definition: LockedPart, lock: Lock): void {
  const differences = requestDifferences(lockRequest(definition), lock.request);
  if (differences.length === 0) return;
  throw new AshlarError('lock-outdated', `The definition no longer fits its lock: ${differences.join('; ')}.`, {
    hint: 'Run `ashlar lock` to resolve the packages anew, and commit the lock with the definition.',
  });
}

/** What `wanted` asks for and `locked` did not, and the other way round: a sentence part each. */
export function requestDifferences(wanted: LockRequest, locked: LockRequest): string[] {
  const differences: string[] = [];
  const compareNames = (now: readonly string[], before: readonly string[], added: string, removed: string): void => {
    for (const name of now) if (!before.includes(name)) differences.push(`${name} ${added}`);
    for (const name of before) if (!now.includes(name)) differences.push(`${name} ${removed}`);
  };
  if (wanted.distribution !== locked.distribution) {
    differences.push(`the distribution is ${wanted.distribution}, the lock is for ${locked.distribution}`);
  }
  if (wanted.architecture !== locked.architecture) {
    differences.push(`the architecture is ${wanted.architecture}, the lock is for ${locked.architecture}`);
  }
  if (!isDeepStrictEqual(wanted.suites, locked.suites)) {
    differences.push(`the suites are ${suites(wanted)}, the lock is for ${suites(locked)}`);
  }
  compareNames(wanted.install, locked.install, 'is not locked', 'is locked and no longer asked for');
  compareNames(wanted.boot, locked.boot, 'is not locked', 'is locked and no longer needed for booting');
  compareNames(wanted.exclude, locked.exclude, 'is newly excluded', 'is no longer excluded');
  return differences;
}

function suites(request: LockRequest): string {
  return request.suites.map(({ suite, components }) => `${suite} (${components.join(' ')})`).join(', ');
}
