import { AshlarError } from '../model/error.ts';
import type { FileContent } from '../model/tree.ts';
import type { Store } from './store.ts';

/**
 * The bytes of a file that is not sparse: from memory, or from `store`, checked. Throws `store-incomplete` when the store has lost
 * them; a damaged object is dropped then, and the next run makes it again.
 */
export function readContent(content: Exclude<FileContent, { kind: 'sparse' }>, store: Store): Buffer {
  if (content.kind === 'bytes') return content.bytes;
  const bytes = store.get(content.digest);
  if (bytes !== undefined) return bytes;
  throw new AshlarError('store-incomplete', `The store ${store.directory} has lost the object ${content.digest}.`, {
    hint: 'Run the command again: what is missing is made again.',
  });
}
