import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AshlarError } from '../model/error.ts';
import { diskFormat } from './disk-format.ts';
import type { Emulator } from './emulator.ts';

/**
 * Makes `overlay` (qcow2): a disk that reads as `base` until it is written, and never writes to `base`.
 *
 * @param base absolute path of the image underneath.
 * @param size bytes that the guest sees; undefined for the base's own.
 * @throws AshlarError `emulator-failed` with what qemu-img says.
 */
export async function makeDiskOverlay(
  emulator: Emulator,
  base: string,
  overlay: string,
  size: number | undefined,
): Promise<void> {
  const words = ['create', '-q', '-f', 'qcow2', '-F', diskFormat(base), '-b', base, overlay];
  try {
    await promisify(execFile)(emulator.imageProgram, [...words, ...(size === undefined ? [] : [String(size)])]);
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new AshlarError('emulator-failed', `No copy-on-write disk could be made over ${base}: ${said}`, {
      hint: 'Check that the image can be read and that the temporary folder has room.',
      cause: error,
    });
  }
}
