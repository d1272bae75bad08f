import { type KeyFile, removeKeyFile, usableSigners } from '../keys/key-file.ts';
import type { TrustEditor } from './open-trust.ts';

/**
 * Runs `work`, which lets the keys sign that were `made` for it. When it fails before anything was written, they are nobody's, and are removed; afterwards
 * something may name them, and they are kept.
 */
export async function usingNewKeys<Result>(
  trust: TrustEditor,
  made: readonly KeyFile[],
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    trust.addSigners(usableSigners(made));
    return await work();
  } catch (error) {
    if (!trust.hasWritten()) made.forEach(removeKeyFile);
    throw error;
  }
}
