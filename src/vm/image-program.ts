import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AshlarError } from '../model/error.ts';
import type { Emulator } from './emulator.ts';

/**
 * Runs qemu-img.
 *
 * @param words its arguments.
 * @param what what did not happen when it fails: the beginning of the error's sentence.
 * @throws AshlarError `emulator-failed` with what qemu-img says.
 */
export async function runImageProgram(emulator: Emulator, words: readonly string[], what: string): Promise<void> {
  try {
    await promisify(execFile)(emulator.imageProgram, words);
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new AshlarError('emulator-failed', `${what}: ${said}`, {
      hint: 'Check that the image can be read and that there is room where it goes.',
      cause: error,
    });
  }
}
