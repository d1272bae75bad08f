import { AshlarError } from '../../model/error.ts';
import type { Lock } from '../../model/lock.ts';
import { parseControl } from '../package/control-stanza.ts';

/** Throws `compose-failed` unless dpkg's status file lists exactly the lock's packages of the root, all of them configured. */
export function assertInstalled(status: string, lock: Lock): void {
  const installed = new Map(
    parseControl(status).map((stanza) => [
      `${stanza.get('package')}=${stanza.get('version')}`,
      stanza.get('status') ?? '',
    ]),
  );
  const problems: string[] = [];
  for (const { name, version, group } of lock.packages) {
    if (group !== 'root') continue;
    const state = installed.get(`${name}=${version}`);
    installed.delete(`${name}=${version}`);
    if (state === undefined) problems.push(`${name} ${version} is not installed`);
    else if (state !== 'install ok installed') problems.push(`${name} is "${state}"`);
  }
  for (const name of installed.keys()) problems.push(`${name.replace('=', ' ')} is installed and not locked`);
  if (problems.length === 0) return;
  throw new AshlarError(
    'compose-failed',
    `What was installed is not what is locked: ${problems.slice(0, 5).join('; ')}.`,
    {
      hint: 'Run `ashlar lock` to resolve the packages anew.',
    },
  );
}
