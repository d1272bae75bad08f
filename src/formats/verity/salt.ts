import { AshlarError } from '../../model/error.ts';
import { MAX_SALT_BYTES } from './superblock.ts';

/** A salt as a person types it: hexadecimal digits, or `-` for none, as `veritysetup --salt` takes it. Throws `usage`. */
export function parseSalt(text: string): Buffer {
  const salt = text === '-' ? Buffer.alloc(0) : Buffer.from(text, 'hex');
  // Buffer.from stops at the first thing that is no pair of digits.
  const complete = text === '-' || (text !== '' && salt.length * 2 === text.length);
  if (complete && salt.length <= MAX_SALT_BYTES) return salt;
  throw new AshlarError('usage', `“${text}” is not a verity salt`, {
    hint: `Give an even number of hexadecimal digits, at most ${MAX_SALT_BYTES * 2}, or - for no salt.`,
  });
}
