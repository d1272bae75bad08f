import { AshlarError } from '../../model/error.ts';
import type { LockedPackage } from '../../model/lock.ts';
import { diskFull } from '../../store/disk-full.ts';
import type { ProgramOutput } from '../../store/program/run-program.ts';
import { updateError } from '../resolve/apt-errors.ts';

/** The error for a package that did not arrive, from what apt said about it. */
export function fetchError(
  { stderr, stdout, status }: ProgramOutput,
  failed: LockedPackage,
  store: string,
): AshlarError {
  const said = `${stderr}\n${stdout}`;
  if (/No space left|\(28[: ]/.test(said)) return diskFull(store);
  if (/404 +Not Found|No such file|File not found|410 +Gone/i.test(said)) {
    return new AshlarError(
      'package-gone',
      `The mirror no longer has ${failed.name} ${failed.version} (${failed.path}).`,
      {
        hint: 'Mirrors keep current versions only. Run `ashlar lock --update` for newer ones, or use a mirror that has this one (ASHLAR_MIRROR).',
      },
    );
  }
  const error = updateError({ stderr, stdout, status });
  if (error.code !== 'resolve-failed') return error;
  return new AshlarError(
    'mirror-unreachable',
    `${failed.name} could not be fetched: ${said.trim().split('\n').at(-1)}`,
    {
      hint: 'Check the network and the proxy settings of apt, or name another mirror with ASHLAR_MIRROR.',
    },
  );
}
