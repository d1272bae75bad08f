import { AshlarError } from '../../model/error.ts';

/** The error for an archive that does not follow its format: `what` is wrong with the bytes at `offset` of the archive. */
export function tarCorrupt(what: string, offset: number): AshlarError {
  return new AshlarError('tar-corrupt', `The tar archive is damaged: ${what} (at byte ${offset}).`, {
    hint: 'Make the archive again; if it was downloaded, compare its checksum first.',
  });
}

/** The error for an archive that is well formed and uses something that is not read here. */
export function tarUnsupported(what: string, offset: number): AshlarError {
  return new AshlarError(
    'tar-unsupported',
    `The tar archive uses ${what} (at byte ${offset}), which is not supported.`,
    {
      hint: 'Make the archive with `tar --format=pax`, one volume, full (not incremental).',
    },
  );
}
