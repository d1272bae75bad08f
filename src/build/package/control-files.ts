import { cpus } from 'node:os';
import { AshlarError } from '../../model/error.ts';
import type { LockedPackage } from '../../model/lock.ts';
import type { Store } from '../../store/store.ts';
import { runProgram } from '../program/run-program.ts';
import { type ControlStanza, parseControl } from './control-stanza.ts';

/** The control file of each package, as text and parsed, by the SHA-256 of the `.deb`. */
export type ControlFiles = ReadonlyMap<string, { readonly text: string; readonly stanza: ControlStanza }>;

/**
 * Reads the control file of each package, checking that the store holds it whole and that it is the package that the lock says.
 * Throws `store-incomplete`; a damaged object is dropped and fetched again by the next run.
 */
export async function readControlFiles(
  packages: readonly LockedPackage[],
  store: Store,
  signal?: AbortSignal,
): Promise<ControlFiles> {
  const found = new Map<string, { text: string; stanza: ControlStanza }>();
  const queue = [...packages];
  const work = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (store.get(next.sha256) === undefined) {
        throw new AshlarError('store-incomplete', `The store has lost ${next.name} ${next.version}.`, {
          hint: 'Run the command again: the package is fetched again.',
        });
      }
      const { stdout } = await runProgram(['dpkg-deb', '--field', store.pathOf(next.sha256)], { signal });
      const [stanza] = parseControl(stdout);
      if (stanza?.get('package') !== next.name || stanza.get('version') !== next.version) {
        throw new AshlarError(
          'lock-invalid',
          `The lock's SHA-256 of ${next.name} ${next.version} is that of another package.`,
          {
            hint: 'Take the lock from version control again, or run `ashlar lock`.',
          },
        );
      }
      found.set(next.sha256, { text: stdout, stanza });
    }
  };
  // Two programs a processor: each waits for the disk and for being started.
  await Promise.all(Array.from({ length: 2 * cpus().length }, work));
  return found;
}
