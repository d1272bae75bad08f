import { diskFormat } from './disk-format.ts';
import type { Emulator } from './emulator.ts';
import { runImageProgram } from './image-program.ts';

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
  const sized = size === undefined ? words : [...words, String(size)];
  await runImageProgram(emulator, sized, `No copy-on-write disk could be made over ${base}`);
}
