import { renameSync, rmSync } from 'node:fs';
import { diskFormat } from './disk-format.ts';
import { findEmulator } from './emulator.ts';
import { runImageProgram } from './image-program.ts';

/**
 * Copies a disk image as a whole, sparse, into the format that the name of `copy` says; written aside and renamed.
 *
 * @param size bytes of the copy, at least the image's; undefined for the same.
 * @throws AshlarError `emulator-failed` with what qemu-img says.
 */
export async function copyDisk(image: string, copy: string, size: number | undefined): Promise<void> {
  const emulator = findEmulator('amd64');
  const aside = `${copy}.new`;
  const format = diskFormat(copy);
  try {
    const what = `${image} could not be copied to ${copy}`;
    await runImageProgram(emulator, ['convert', '-f', diskFormat(image), '-O', format, image, aside], what);
    if (size !== undefined) await runImageProgram(emulator, ['resize', '-q', '-f', format, aside, String(size)], what);
    renameSync(aside, copy);
  } finally {
    rmSync(aside, { force: true });
  }
}
